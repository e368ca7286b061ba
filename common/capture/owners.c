/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/owners.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf/lib/record.h"
#include "capture/cgroup.h"
#include "capture/icmp.h"
#include "capture/monotonic.h"
#include "capture/sock_diag.h"

/* Sockets that wait for their process to be found: more than any host has on DNS ports. */
#define CANDIDATES_MAX 4096

struct scan {
	const struct owners_config *config;
	struct owners_result *result;
	ino_t namespaces[OWNERS_NAMESPACES_MAX];
	struct diag_socket candidates[CANDIDATES_MAX];
	uint32_t candidate_count;
};

static bool is_dns_port(const struct scan *scan, uint16_t port)
{
	for (unsigned int i = 0; i < scan->config->port_count; i++)
		if (scan->config->ports[i] == port)
			return true;
	return false;
}

static void add_candidate(void *context, const struct diag_socket *socket)
{
	struct scan *scan = context;
	bool wanted = is_dns_port(scan, socket->remote_port) ||
		      (scan->config->servers && is_dns_port(scan, socket->local_port));

	if (!wanted || !socket->inode)
		return;
	if (scan->candidate_count < CANDIDATES_MAX)
		scan->candidates[scan->candidate_count++] = *socket;
	else
		scan->result->passed_over++;
}

static void look_at_current_namespace(struct scan *scan)
{
	struct owners_result *result = scan->result;

	scan->result->namespaces++;
	sock_diag_dump(add_candidate, scan);
	result->icmp_count += icmp_open_listeners(result->icmp + result->icmp_count);
}

static bool is_new_namespace(struct scan *scan, ino_t inode)
{
	for (uint32_t i = 0; i < scan->result->namespaces; i++)
		if (scan->namespaces[i] == inode)
			return false;
	return scan->result->namespaces < OWNERS_NAMESPACES_MAX;
}

/* `visit` for every process' folder in /proc, as a name of digits. */
static void for_each_process(struct scan *scan, void (*visit)(struct scan *, const char *pid))
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	if (!proc)
		return;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			visit(scan, entry->d_name);
	closedir(proc);
}

static void visit_namespace(struct scan *scan, const char *pid)
{
	char path[64];
	struct stat status;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && is_new_namespace(scan, status.st_ino) &&
	    setns(fd, CLONE_NEWNET) == 0) {
		scan->namespaces[scan->result->namespaces] = status.st_ino;
		look_at_current_namespace(scan);
	}
	close(fd);
}

/* The command's name and the real uid, from /proc/PID/status. */
static bool read_status(struct socket_owner *owner, const char *pid)
{
	char path[64], line[256];
	bool has_name = false, has_uid = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		snprintf(owner->comm, sizeof(owner->comm), "%.15s", line);
		has_name = true;
	}
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%.20s/status", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!has_uid && fgets(line, sizeof(line), file))
		has_uid = sscanf(line, "Uid: %u", &owner->uid) == 1;
	fclose(file);
	return has_name && has_uid;
}

static void note_owner(struct scan *scan, const struct diag_socket *socket, const char *pid)
{
	struct socket_owner owner = {0};

	if (!read_status(&owner, pid))
		return;
	owner.pid = owner.tid = owner.creator = (uint32_t)strtoul(pid, NULL, 10);
	owner.since = monotonic_ns();
	owner.cgroup = cgroup_of_process(scan->config->cgroups, pid);
	if (is_dns_port(scan, socket->remote_port)) {
		memcpy(owner.asked_address, socket->remote_address, sizeof(owner.asked_address));
		owner.asked_port[0] = (uint8_t)(socket->remote_port >> 8);
		owner.asked_port[1] = (uint8_t)socket->remote_port;
	}
	if (bpf_map_update_elem(scan->config->map, &socket->cookie, &owner, BPF_NOEXIST) == 0)
		scan->result->sockets++;
}

static void match_descriptor(struct scan *scan, const char *pid, unsigned long inode)
{
	for (uint32_t i = 0; i < scan->candidate_count; i++) {
		if (scan->candidates[i].inode != inode)
			continue;
		note_owner(scan, &scan->candidates[i], pid);
		scan->candidates[i] = scan->candidates[--scan->candidate_count];
		return;
	}
}

static void visit_descriptors(struct scan *scan, const char *pid)
{
	char path[64], target[64];
	unsigned long inode;
	struct dirent *entry;
	DIR *folder;

	if (!scan->candidate_count)
		return;
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	folder = opendir(path);
	if (!folder)
		return;
	while ((entry = readdir(folder)) && scan->candidate_count) {
		ssize_t n = readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (sscanf(target, "socket:[%lu]", &inode) == 1)
			match_descriptor(scan, pid, inode);
	}
	closedir(folder);
}

static bool scan_all(struct scan *scan)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (home < 0 || fstat(home, &status) < 0)
		return false;
	scan->namespaces[0] = status.st_ino;
	look_at_current_namespace(scan);
	for_each_process(scan, visit_namespace);
	if (setns(home, CLONE_NEWNET) < 0 && scan->result->namespaces > 1) {
		close(home);
		return false;
	}
	close(home);
	if (scan->candidate_count)
		for_each_process(scan, visit_descriptors);
	return true;
}

bool owners_scan(struct owners_result *result, const struct owners_config *config)
{
	struct scan *scan = calloc(1, sizeof(*scan));
	bool scanned;

	memset(result, 0, sizeof(*result));
	if (!scan)
		return false;
	scan->config = config;
	scan->result = result;
	scanned = scan_all(scan);
	free(scan);
	return scanned;
}
