//! Why a command of the application was refused: one small error per operation.

use core::fmt;

macro_rules! errors {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident => $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $text,)+ })
            }
        }

        impl core::error::Error for $name {}
    )+};
}

errors! {
    /// Why an address was not announced to.
    AnnounceError {
        /// It is our own address.
        Myself => "cannot join our own address",
        /// Too many datagrams wait to be sent.
        OutboxFull => "too many datagrams are waiting to be sent",
        /// We have left or were declared down for good.
        Stopped => "this node has left the cluster",
    }
    /// Why a custom broadcast was not taken.
    BroadcastError {
        /// It has no bytes.
        Empty => "a broadcast needs at least one byte",
        /// The policy does not recognise it.
        Malformed => "the broadcast policy calls the item malformed",
        /// We have left or were declared down for good.
        Stopped => "this node has left the cluster",
        /// It would not fit a datagram of `datagram_bytes_max`.
        TooLong => "the item does not fit a datagram",
    }
    /// Why an identity was not adopted.
    IdentityError {
        /// A datagram could not carry it.
        DoesNotFit => "a datagram has no room for this identity",
        /// Its address is ours and its generation not greater than ours.
        NotLater => "the generation is not greater than the current one",
    }
}
