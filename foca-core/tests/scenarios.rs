//! The scenarios, one file per mechanism, in one program: each program of its own would compile the
//! whole protocol again. Those that count allocations need a program to themselves.

mod support;

mod blocked;
mod broadcasts;
mod compare_answer;
mod compare_ask;
mod compare_network;
mod compare_take;
mod configuration;
mod defects_refutation;
mod determinism;
mod dissemination;
mod events;
mod golden_comparison;
mod golden_native;
mod golden_packets;
mod hostile;
mod identity_change;
mod identity_leave;
mod identity_own_address;
mod identity_renew;
mod isolation;
mod join;
mod join_feed;
mod join_proof;
mod lifecycle;
mod own_past;
mod periodic;
mod precedence;
mod precedence_choice;
mod probing;
mod properties;
mod receive;
mod receive_checks;
mod receive_nothing;
mod refute;
mod rejects;
mod returning;
mod scaling;
mod scaling_bytes;
mod split;
mod stalled;
mod suspicion;
