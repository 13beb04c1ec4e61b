//! What the serializers that look into records have in common: how they come to the values within a value.

/// The methods of a `Serializer` for values that are written as what they hold.
macro_rules! transparent {
    () => {
        fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Self::Ok, Self::Error> {
            value.serialize(self)
        }
        fn serialize_newtype_struct<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            value: &T,
        ) -> Result<Self::Ok, Self::Error> {
            value.serialize(self)
        }
        fn serialize_newtype_variant<T: Serialize + ?Sized>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            value: &T,
        ) -> Result<Self::Ok, Self::Error> {
            value.serialize(self)
        }
    };
}

/// One of the traits for values without names, for a type whose method `element` takes each of them.
macro_rules! elements {
    ($of:ident::$method:ident, $error:ty, [$($generics:tt)*] $type:ty) => {
        impl $($generics)* $of for $type {
            type Ok = ();
            type Error = $error;
            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), $error> {
                self.element(value)
            }
            fn end(self) -> Result<(), $error> {
                Ok(())
            }
        }
    };
}

pub(super) use {elements, transparent};
