/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --alert syslog[:FACILITY]: datagrams to /dev/log in the format that syslog(3) has (RFC 3164,
 * without the host). syslog(3) itself does not tell what was not delivered.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "export/sink_backend.h"

#define MESSAGE_MAX 8192   /* as rsyslog takes by default; the rest of a line is cut */
#define SEND_US	    200000 /* while the syslog daemon is slow */

static const struct {
	const char *name;
	int code;
} facilities[] = {
	{"daemon", LOG_DAEMON}, /* where none is given */
	{"auth", LOG_AUTH},	{"authpriv", LOG_AUTHPRIV}, {"user", LOG_USER},
	{"syslog", LOG_SYSLOG}, {"local0", LOG_LOCAL0},	    {"local1", LOG_LOCAL1},
	{"local2", LOG_LOCAL2}, {"local3", LOG_LOCAL3},	    {"local4", LOG_LOCAL4},
	{"local5", LOG_LOCAL5}, {"local6", LOG_LOCAL6},	    {"local7", LOG_LOCAL7},
};

struct syslog {
	int facility;
	int pid; /* the tool's */
	int type;
};

static int facility_code(const char *name)
{
	if (*name == '\0')
		return facilities[0].code;
	for (size_t i = 0; i < sizeof(facilities) / sizeof(facilities[0]); i++)
		if (strcmp(name, facilities[i].name) == 0)
			return facilities[i].code;
	return -1;
}

static bool check(const char *facility, char error[SINK_ERROR_MAX])
{
	snprintf(error, SINK_ERROR_MAX,
		 "is not syslog:FACILITY: daemon, auth, authpriv, user, syslog, local0 to local7");
	return facility_code(facility) >= 0;
}

static bool prepare(struct sink_target *target, char error[SINK_ERROR_MAX])
{
	struct syslog *s = calloc(1, sizeof(*s));

	if (!s) {
		snprintf(error, SINK_ERROR_MAX, "not enough memory");
		return false;
	}
	s->facility = facility_code(target->argument);
	s->pid = getpid();
	s->type = SOCK_DGRAM;
	target->state = s;
	return true;
}

/* The time zone is a file. */
static bool start(struct sink_target *target)
{
	(void)target;
	tzset();
	return true;
}

static void disconnect(struct sink_target *target)
{
	int error = errno;

	if (target->fd >= 0)
		close(target->fd);
	target->fd = -1;
	errno = error;
}

static bool connect_as(struct sink_target *target, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval wait = {.tv_usec = SEND_US};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", target->limits->syslog);
	target->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (target->fd < 0)
		return false;
	setsockopt(target->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(target->fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return true;
	disconnect(target);
	return false;
}

/* Most daemons take datagrams, some a stream, on which a NUL ends a message. */
static bool connect_syslog(struct sink_target *target)
{
	struct syslog *s = target->state;

	if (connect_as(target, s->type))
		return true;
	if (errno != EPROTOTYPE)
		return false;
	s->type = s->type == SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM;
	return connect_as(target, s->type);
}

static int priority(const struct syslog *s, enum sink_severity severity)
{
	static const int levels[] = {
		[SINK_LOW] = LOG_NOTICE,
		[SINK_MEDIUM] = LOG_WARNING,
		[SINK_HIGH] = LOG_CRIT,
	};

	return s->facility | levels[severity];
}

/* "Nov 26 07:00:00": of when the alert was put, not of when the daemon was back. */
static void format_time(char text[32], uint64_t put)
{
	time_t then = time(NULL) - (time_t)((sink_now() - put) / 1000000000ULL);
	struct tm local;

	if (!localtime_r(&then, &local) || strftime(text, 32, "%b %e %H:%M:%S", &local) == 0)
		text[0] = '\0';
}

/* A control character would be another line, or worse, in somebody's log. */
static void make_printable(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
}

static size_t format(const struct syslog *s, const struct sink_alert *alert,
		     char message[MESSAGE_MAX])
{
	char when[32];
	int n;

	format_time(when, alert->time);
	n = snprintf(message, MESSAGE_MAX, "<%d>%s %s[%d]: %.*s", priority(s, alert->severity),
		     when, program_invocation_short_name, s->pid, (int)alert->size, alert->text);
	if (n >= MESSAGE_MAX)
		n = MESSAGE_MAX - 1;
	make_printable(message, (size_t)n);
	return (size_t)n;
}

/* Half a message on a stream is ended by the connection's end. */
static bool send_message(struct sink_target *target, const char *message, size_t size)
{
	ssize_t n = send(target->fd, message, size, MSG_NOSIGNAL);

	if (n == (ssize_t)size)
		return true;
	if (n >= 0)
		errno = EAGAIN;
	if (n > 0 || (n < 0 && errno != EAGAIN))
		disconnect(target);
	return false;
}

static enum sink_outcome deliver(struct sink_target *target, struct sink_attempt *attempt)
{
	struct syslog *s = target->state;
	char message[MESSAGE_MAX];
	size_t size = format(s, &attempt->alert, message);
	bool old = target->fd >= 0, sent = false;

	for (int attempts = 0; !sent && attempts < 1 + old; attempts++) {
		if (target->fd < 0 && !connect_syslog(target))
			break;
		/* A daemon that was started again has another socket. */
		sent = send_message(target, message, size + (s->type == SOCK_STREAM));
		if (!sent && target->fd >= 0)
			break;
	}
	if (sent)
		return SINK_DELIVERED;
	attempt->failure = sink_failure(SINK_ERRNO, errno);
	return errno == EMSGSIZE ? SINK_HOPELESS : SINK_AGAIN;
}

const struct sink_backend sink_syslog = {
	.kind = "syslog",
	.people = true,
	.confinement = {.calls = CONFINE_LOCAL_CLIENT},
	.check = check,
	.open = prepare,
	.start = start,
	.deliver = deliver,
};
