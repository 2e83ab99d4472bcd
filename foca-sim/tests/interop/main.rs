//! Members of ours and of the published `foca` in one cluster, in virtual time and once for real.

mod support;

mod bincode;
mod broadcasts;
mod detect;
mod indirect;
mod interop_udp;
mod join;
mod long_run;
mod refute;
mod rejoin;
