/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks with musl's resolver: musl_ask ZONE COUNT.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct addrinfo *found;
	char name[256];
	int error;

	if (argc != 3)
		return 2;
	for (int n = 0; n < atoi(argv[2]); n++) {
		snprintf(name, sizeof(name), "p%d-%d.%s", getpid(), n, argv[1]);
		puts(name);
		error = getaddrinfo(name, NULL, NULL, &found);
		if (error) {
			fprintf(stderr, "%s: %s\n", name, gai_strerror(error));
			return 1;
		}
		freeaddrinfo(found);
	}
	return 0;
}
