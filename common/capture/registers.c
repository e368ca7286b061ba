/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/registers.h"

#include <stddef.h>

#include <asm/ptrace.h>

#if defined(__x86_64__)
#define REGISTERS     struct pt_regs
#define ARGUMENT_1    rdi
#define ARGUMENT_2    rsi
#define ARGUMENT_3    rdx
#define ARGUMENT_4    rcx
#define RETURN_VALUE  rax
#define STACK_POINTER rsp
#define SKEW	      8 /* the return address has gone */
#elif defined(__aarch64__)
#define REGISTERS     struct user_pt_regs
#define ARGUMENT_1    regs[0]
#define ARGUMENT_2    regs[1]
#define ARGUMENT_3    regs[2]
#define ARGUMENT_4    regs[3]
#define RETURN_VALUE  regs[0]
#define STACK_POINTER sp
#define SKEW	      0
#elif defined(__riscv) && __riscv_xlen == 64
#define REGISTERS     struct user_regs_struct
#define ARGUMENT_1    a0
#define ARGUMENT_2    a1
#define ARGUMENT_3    a2
#define ARGUMENT_4    a3
#define RETURN_VALUE  a0
#define STACK_POINTER sp
#define SKEW	      0
#endif

bool registers_write(FILE *out)
{
#ifdef REGISTERS
	fprintf(out, "#define ARGUMENT_1 %zu\n", offsetof(REGISTERS, ARGUMENT_1));
	fprintf(out, "#define ARGUMENT_2 %zu\n", offsetof(REGISTERS, ARGUMENT_2));
	fprintf(out, "#define ARGUMENT_3 %zu\n", offsetof(REGISTERS, ARGUMENT_3));
	fprintf(out, "#define ARGUMENT_4 %zu\n", offsetof(REGISTERS, ARGUMENT_4));
	fprintf(out, "#define RETURN_VALUE %zu\n", offsetof(REGISTERS, RETURN_VALUE));
	fprintf(out, "#define STACK_POINTER %zu\n", offsetof(REGISTERS, STACK_POINTER));
	fprintf(out, "#define RETURN_STACK_SKEW %d\n", SKEW);
	return true;
#else
	(void)out;
	return false;
#endif
}
