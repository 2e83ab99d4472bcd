//! Identities of every shape that serde knows.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::net::SocketAddr;

use foca_codec::bincode::config;
use foca_codec::{BincodeCodec, PostcardCodec};
use foca_core::{Codec, Identity};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A life at a socket address.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Life {
    pub(crate) addr: SocketAddr,
    pub(crate) generation: u16,
}

impl Identity for Life {
    type Addr = SocketAddr;

    fn addr(&self) -> &SocketAddr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.generation.into()
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self {
            addr: *addr,
            generation: 0,
        }
    }
}

/// A life at a host name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Named {
    pub(crate) addr: String,
    pub(crate) generation: u64,
}

impl Identity for Named {
    type Addr = String;

    fn addr(&self) -> &String {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn placeholder(addr: &String) -> Self {
        Self {
            addr: addr.clone(),
            generation: 0,
        }
    }
}

/// An identity with one of everything.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Motley {
    pub(crate) shape: Shape,
    pub(crate) maybe: Option<Box<str>>,
    pub(crate) flags: (bool, char, ()),
    pub(crate) signed: (i8, i16, i32, i64, i128),
    pub(crate) unsigned: [u32; 3],
    pub(crate) wide: u128,
    pub(crate) bytes: CString,
    pub(crate) lists: Vec<Vec<u16>>,
    pub(crate) labels: BTreeMap<String, u8>,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) enum Shape {
    #[default]
    Unit,
    Wrapped(Wrapper),
    Pair(u16, String),
    Fields {
        x: u8,
        y: Option<u64>,
    },
}

#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Wrapper(pub(crate) u32);

impl Identity for Motley {
    type Addr = Shape;

    fn addr(&self) -> &Shape {
        &self.shape
    }

    fn generation(&self) -> u64 {
        0
    }

    fn placeholder(addr: &Shape) -> Self {
        Self {
            shape: addr.clone(),
            maybe: None,
            flags: (false, 'a', ()),
            signed: (0, 0, 0, 0, 0),
            unsigned: [0; 3],
            wide: 0,
            bytes: CString::default(),
            lists: Vec::new(),
            labels: BTreeMap::new(),
        }
    }
}

/// Every codec that there is, by name.
pub(crate) fn codecs<I>() -> Vec<(&'static str, Box<dyn Codec<I>>)>
where
    I: Identity + Serialize + DeserializeOwned,
    I::Addr: Serialize + DeserializeOwned,
{
    let standard = config::standard();
    vec![
        ("postcard", Box::new(PostcardCodec)),
        ("bincode", Box::new(BincodeCodec(standard))),
        (
            "bincode, big endian",
            Box::new(BincodeCodec(standard.with_big_endian())),
        ),
        (
            "bincode, as version 1",
            Box::new(BincodeCodec(config::legacy())),
        ),
        (
            "bincode, with a limit",
            Box::new(BincodeCodec(standard.with_limit::<65_536>())),
        ),
    ]
}
