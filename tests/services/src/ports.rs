//! Ports of 127.0.0.1 that stay ours while a service is down.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use crate::{Error, Result};

/// Below the range from which the kernel takes the ports of outgoing connections (32768 and up).
/// A service that is down for a restart would otherwise find its port taken by any client, or a
/// client that keeps reconnecting to it would one day be connected to itself.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port held against other processes with a locked file. The kernel drops the lock when this
/// process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Port {
    pub(crate) number: u16,
    _lock: File,
}

/// Reserves a port that nothing listens on. Two processes that share `directory` never get the
/// same one.
pub(crate) fn reserve(directory: &Path) -> Result<Port> {
    fs::create_dir_all(directory).map_err(|e| Error::io("create", directory, &e))?;
    let start = u16::try_from(random() % u64::from(COUNT)).unwrap_or(0);
    for step in 0..COUNT {
        let number = FIRST + (start + step) % COUNT;
        let path = directory.join(number.to_string());
        let lock = File::create(&path).map_err(|e| Error::io("create", &path, &e))?;
        if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok() {
            return Ok(Port { number, _lock: lock });
        }
    }
    Err(Error::new(format!("no free port of 127.0.0.1 from {FIRST} on")))
}

/// A random number; good enough for names and ports.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ports_differ_and_are_free() {
        let directory = std::env::temp_dir().join(format!("ports-{:x}", random()));
        let ports: Vec<_> = (0..20).map(|_| reserve(&directory).unwrap()).collect();
        let mut numbers: Vec<_> = ports.iter().map(|p| p.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 20);
        TcpListener::bind((Ipv4Addr::LOCALHOST, numbers[0])).unwrap();
        fs::remove_dir_all(directory).unwrap();
    }
}
