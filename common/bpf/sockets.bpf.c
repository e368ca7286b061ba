/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS of all local sockets, with the process: for cgroup v2 hooks. What is compiled follows
 * the #defines that common/capture/sockets.c writes before this text; RING_FD, RING_SIZE and
 * the TASK_ offsets are added by the loader.
 */
#include "lib/record.h"
#include "lib/owner.bpf.h"
#include "lib/ring.bpf.h"
#include "lib/layout.bpf.h"
#include "lib/cgroup.bpf.h"
/* LLVM 12 was the first to know how programs compare and swap. */
#if defined(WANT_TALLY) && __clang_major__ < 12
#undef WANT_TALLY
#endif
#if defined(WANT_TALLY) || defined(WANT_NOVELTY)
#include "lib/question.bpf.h"
#endif
#include "lib/packet.bpf.h"
#ifdef WANT_CALLS
#include "lib/call.h"
#include "lib/call.bpf.h"
#endif
#ifdef WANT_CONNECTS
#include "lib/connect.bpf.h"
#endif

#ifdef WANT_SOCK
#include "lib/sock.bpf.h"
#endif
#ifdef WANT_SENDS
#include "lib/send.bpf.h"
#endif
#ifdef WANT_DROPS
#include "lib/drop.bpf.h"
#endif
