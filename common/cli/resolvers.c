/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/resolvers.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 512

static const char *const host_files[] = {
	"/etc/resolv.conf",
	"/run/systemd/resolve/resolv.conf",
};

bool resolvers_parse(const char *text, struct endpoint *server)
{
	char address[INET6_ADDRSTRLEN];
	size_t size = strcspn(text, "%");
	struct in_addr ipv4;

	*server = (struct endpoint){0};
	if (size >= sizeof(address))
		return false;
	memcpy(address, text, size);
	address[size] = '\0';
	if (inet_pton(AF_INET6, address, server->address) == 1)
		return true;
	if (text[size] || inet_pton(AF_INET, address, &ipv4) != 1)
		return false;
	server->address[10] = server->address[11] = 255;
	memcpy(server->address + 12, &ipv4, sizeof(ipv4));
	return true;
}

static unsigned int read_file(const char *path, struct endpoint *servers, unsigned int count,
			      unsigned int room)
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_OCTETS], address[INET6_ADDRSTRLEN + 16];

	if (!file)
		return count;
	while (count < room && fgets(line, sizeof(line), file))
		if (sscanf(line, " nameserver %61s", address) == 1 &&
		    resolvers_parse(address, &servers[count]))
			count++;
	fclose(file);
	return count;
}

unsigned int resolvers_read(const char *path, struct endpoint *servers, unsigned int count,
			    unsigned int room)
{
	if (path)
		return read_file(path, servers, count, room);
	for (size_t i = 0; i < sizeof(host_files) / sizeof(host_files[0]); i++)
		count = read_file(host_files[i], servers, count, room);
	return count;
}
