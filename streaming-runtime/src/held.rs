use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};

/// What belongs to the generic part of the engine and knows no types of the user's.
///
/// A value is dropped where its owner is compiled, and the code that drops a book of a pipeline is long. This owner is dropped by one call of a
/// function of this crate, whatever it is part of.
#[derive(Debug)]
pub struct Held<T: Let>(ManuallyDrop<Option<T>>);

/// What can be [held](Held).
pub trait Let: Sized {
    /// Empties the place. Not generic, so that it is compiled once.
    fn go(place: &mut Option<Self>);
}

/// Has types be [`Held`].
macro_rules! held {
    ($($type:ty),+ $(,)?) => {$(
        impl $crate::held::Let for $type {
            #[inline(never)]
            fn go(place: &mut Option<Self>) {
                *place = None;
            }
        }
    )+};
}
pub(crate) use held;

impl<T: Let> Held<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(ManuallyDrop::new(Some(value)))
    }
}

impl<T: Let> Drop for Held<T> {
    fn drop(&mut self) {
        // An empty place owns nothing.
        T::go(&mut self.0);
    }
}

impl<T: Let> Deref for Held<T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl<T: Let> DerefMut for Held<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    struct Witness(Arc<()>);
    held!(Witness);

    #[test]
    fn what_is_held_is_dropped_with_its_owner_once() {
        let alive = Arc::new(());
        let mut held = Held::new(Witness(Arc::clone(&alive)));
        assert_eq!(Arc::strong_count(&alive), 2);
        held.0.as_mut().unwrap().0 = Arc::clone(&alive);
        assert_eq!(Arc::strong_count(&held.0.as_ref().unwrap().0), 2);
        drop(held);
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
