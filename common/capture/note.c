/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/note.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void note(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
}
