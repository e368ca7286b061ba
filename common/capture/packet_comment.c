/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/packet_comment.h"

#include <arpa/inet.h>
#include <string.h>

#define KIND_SEND_FAILED "send_failed"
#define KIND_DROPPED	 "dropped"
#define ERRNO_MAX	 4095 /* MAX_ERRNO of the kernel */

/* ---- Writing: no printf(), since each packet of a live capture has one ---- */

static char *put_text(char *out, const char *text)
{
	while (*text)
		*out++ = *text++;
	return out;
}

static char *put_number(char *out, const char *key, uint64_t value)
{
	char digits[20];
	size_t n = 0;

	out = put_text(out, key);
	do
		digits[n++] = (char)('0' + value % 10);
	while (value /= 10);
	while (n > 0)
		*out++ = digits[--n];
	return out;
}

static bool is_plain(uint8_t octet)
{
	return octet > ' ' && octet < 0x7f && octet != '\\';
}

static char *put_escaped(char *out, const char *key, const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	out = put_text(out, key);
	for (size_t i = 0; i < n; i++) {
		uint8_t octet = (uint8_t)text[i];

		if (is_plain(octet)) {
			*out++ = (char)octet;
			continue;
		}
		*out++ = '\\';
		*out++ = (char)('0' + octet / 100);
		*out++ = (char)('0' + octet / 10 % 10);
		*out++ = (char)('0' + octet % 10);
	}
	return out;
}

static char *put_owner(char *out, const struct owner *owner, const char *cgroup)
{
	out = put_number(out, " pid=", owner->pid);
	out = put_number(out, " tid=", owner->tid);
	out = put_number(out, " uid=", owner->uid);
	out = put_escaped(out, " comm=", owner->comm, COMM_SIZE - 1);
	out = put_number(out, " since=", owner->since);
	if (owner->cgroup)
		out = put_number(out, " cgroup_id=", owner->cgroup);
	if (owner->cgroup && cgroup && *cgroup)
		out = put_escaped(out, " cgroup=", cgroup, CGROUP_PATH_MAX - 1);
	return out;
}

static char *put_asked(char *out, const struct endpoint *asked)
{
	char address[ENDPOINT_TEXT_MAX];

	endpoint_address_to_text(address, asked);
	out = put_text(put_text(out, " asked="), address);
	return put_number(out, "#", asked->port);
}

static char *put_kind(char *out, const struct packet *packet)
{
	if (packet->kind == PACKET_SEND_FAILED) {
		out = put_text(out, " kind=" KIND_SEND_FAILED);
		out = put_number(out, " errno=", (uint64_t)packet->code);
	} else if (packet->kind == PACKET_DROPPED) {
		out = put_text(out, " kind=" KIND_DROPPED);
		if (packet->reason && *packet->reason)
			out = put_escaped(out, " reason=", packet->reason, PACKET_REASON_MAX - 1);
	}
	return out;
}

size_t packet_comment_write(char text[PACKET_COMMENT_MAX], const struct packet *packet,
			    const char *cgroup)
{
	char *end = text;

	if (packet->has_owner)
		end = put_owner(end, &packet->owner, cgroup);
	if (packet->cookie)
		end = put_number(end, " cookie=", packet->cookie);
	if (packet->has_asked)
		end = put_asked(end, &packet->asked);
	end = put_kind(end, packet);
	if (end == text)
		return 0;
	memmove(text, text + 1, (size_t)(end - text) - 1); /* the first blank */
	return (size_t)(end - text) - 1;
}

/* ---- Reading ---- */

/* In the order of the table below. */
enum field {
	FIELD_PID,
	FIELD_TID,
	FIELD_UID,
	FIELD_COMM,
	FIELD_SINCE,
	FIELD_CGROUP_ID,
	FIELD_CGROUP,
	FIELD_COOKIE,
	FIELD_ASKED,
	FIELD_KIND,
	FIELD_ERRNO,
	FIELD_REASON,
	FIELDS,
};

#define OWNER_FIELDS  (1u << FIELD_PID | 1u << FIELD_TID | 1u << FIELD_UID | 1u << FIELD_COMM)
#define CGROUP_FIELDS (1u << FIELD_SINCE | 1u << FIELD_CGROUP_ID | 1u << FIELD_CGROUP)

struct reading {
	struct packet packet; /* the fields that a comment has */
	struct packet_comment_texts texts;
	uint32_t seen; /* 1 << enum field */
};

struct value {
	const char *text;
	size_t size;
};

static bool read_number(const struct value *v, uint64_t maximum, uint64_t *number)
{
	uint64_t n = 0;

	if (v->size == 0 || v->size > 20 || (v->size > 1 && v->text[0] == '0'))
		return false;
	for (size_t i = 0; i < v->size; i++) {
		if (v->text[i] < '0' || v->text[i] > '9' || __builtin_mul_overflow(n, 10u, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(v->text[i] - '0'), &n))
			return false;
	}
	*number = n;
	return n <= maximum;
}

static bool read_u32(const struct value *v, uint32_t *number)
{
	uint64_t n;

	if (!read_number(v, UINT32_MAX, &n))
		return false;
	*number = (uint32_t)n;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The octet of "\DDD" in at most `n`; -1: it is none, or needs no escape. */
static int read_escape(const char *text, size_t n)
{
	int octet;

	if (n < 4 || !is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[3]))
		return -1;
	octet = (text[1] - '0') * 100 + (text[2] - '0') * 10 + text[3] - '0';
	return octet == 0 || octet > 255 || is_plain((uint8_t)octet) ? -1 : octet;
}

/* Always ends with a NUL; false when it does not fit. */
static bool read_text(const struct value *v, char *out, size_t room)
{
	size_t used = 0, i = 0;

	while (i < v->size && used < room - 1) {
		int octet = (uint8_t)v->text[i];
		size_t taken = 1;

		if (octet == '\\') {
			octet = read_escape(v->text + i, v->size - i);
			taken = 4;
		} else if (!is_plain((uint8_t)octet)) {
			octet = -1;
		}
		if (octet < 0)
			return false;
		out[used++] = (char)octet;
		i += taken;
	}
	out[used] = '\0';
	return i == v->size;
}

/* A name of the kernel's enum skb_drop_reason: what is shown as it is. */
static bool read_reason(const struct value *v, char reason[PACKET_REASON_MAX])
{
	static const char octets[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	return read_text(v, reason, PACKET_REASON_MAX) && strspn(reason, octets) == strlen(reason);
}

static bool read_address(const char *text, uint8_t address[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (inet_pton(AF_INET, text, address + 12) == 1) {
		memcpy(address, mapped, sizeof(mapped));
		return true;
	}
	return inet_pton(AF_INET6, text, address) == 1;
}

static bool read_asked(const struct value *v, struct packet *packet)
{
	const char *mark = memchr(v->text, '#', v->size);
	char address[ENDPOINT_TEXT_MAX];
	struct value port, host;
	uint64_t n;

	if (!mark)
		return false;
	host = (struct value){v->text, (size_t)(mark - v->text)};
	port = (struct value){mark + 1, v->size - host.size - 1};
	if (!read_text(&host, address, sizeof(address)) || !read_number(&port, UINT16_MAX, &n) ||
	    !read_address(address, packet->asked.address))
		return false;
	packet->asked.port = (uint16_t)n;
	packet->has_asked = true;
	return true;
}

static bool is_text(const struct value *v, const char *text)
{
	return v->size == strlen(text) && memcmp(v->text, text, v->size) == 0;
}

static bool read_kind(const struct value *v, struct packet *packet)
{
	if (is_text(v, KIND_SEND_FAILED))
		packet->kind = PACKET_SEND_FAILED;
	else if (is_text(v, KIND_DROPPED))
		packet->kind = PACKET_DROPPED;
	return packet->kind != PACKET_DNS;
}

static bool read_errno(const struct value *v, struct packet *packet)
{
	uint64_t n;

	if (!read_number(v, ERRNO_MAX, &n))
		return false;
	packet->code = (int32_t)n;
	return true;
}

static bool read_field(struct reading *r, enum field field, const struct value *v)
{
	struct owner *owner = &r->packet.owner;

	switch (field) {
	case FIELD_PID:
		return read_u32(v, &owner->pid);
	case FIELD_TID:
		return read_u32(v, &owner->tid);
	case FIELD_UID:
		return read_u32(v, &owner->uid);
	case FIELD_COMM:
		return read_text(v, owner->comm, sizeof(owner->comm));
	case FIELD_SINCE:
		return read_number(v, UINT64_MAX, &owner->since);
	case FIELD_CGROUP_ID:
		return read_number(v, UINT64_MAX, &owner->cgroup);
	case FIELD_CGROUP:
		return read_text(v, r->texts.cgroup, sizeof(r->texts.cgroup));
	case FIELD_COOKIE:
		return read_number(v, UINT64_MAX, &r->packet.cookie);
	case FIELD_ASKED:
		return read_asked(v, &r->packet);
	case FIELD_KIND:
		return read_kind(v, &r->packet);
	case FIELD_ERRNO:
		return read_errno(v, &r->packet);
	case FIELD_REASON:
		return read_reason(v, r->texts.reason);
	case FIELDS:
		break;
	}
	return false;
}

/* FIELDS: no such key. */
static enum field find_field(const struct value *key)
{
	static const char *const names[FIELDS] = {
		[FIELD_PID] = "pid",	   [FIELD_TID] = "tid",
		[FIELD_UID] = "uid",	   [FIELD_COMM] = "comm",
		[FIELD_SINCE] = "since",   [FIELD_CGROUP_ID] = "cgroup_id",
		[FIELD_CGROUP] = "cgroup", [FIELD_COOKIE] = "cookie",
		[FIELD_ASKED] = "asked",   [FIELD_KIND] = "kind",
		[FIELD_ERRNO] = "errno",   [FIELD_REASON] = "reason",
	};
	unsigned int i = 0;

	while (i < FIELDS && !is_text(key, names[i]))
		i++;
	return (enum field)i;
}

/* "key=value"; no key twice. */
static bool read_pair(struct reading *r, const char *text, size_t size)
{
	const char *mark = memchr(text, '=', size);
	struct value key, value;
	enum field field;

	if (!mark)
		return false;
	key = (struct value){text, (size_t)(mark - text)};
	value = (struct value){mark + 1, size - key.size - 1};
	field = find_field(&key);
	if (field == FIELDS || r->seen & 1u << field)
		return false;
	r->seen |= 1u << field;
	return read_field(r, field, &value);
}

static bool read_pairs(struct reading *r, const char *text, size_t size)
{
	const char *end = text + size;

	for (;;) {
		const char *blank = memchr(text, ' ', (size_t)(end - text));
		const char *stop = blank ? blank : end;

		if (!read_pair(r, text, (size_t)(stop - text)))
			return false;
		if (!blank)
			return true;
		text = blank + 1;
	}
}

static bool has(const struct reading *r, enum field field)
{
	return r->seen & 1u << field;
}

/* A process is whole or not there, and what belongs to something comes with it. */
static bool is_consistent(const struct reading *r)
{
	uint32_t owner = r->seen & OWNER_FIELDS;

	if (owner != OWNER_FIELDS && (owner || r->seen & CGROUP_FIELDS))
		return false;
	if (has(r, FIELD_CGROUP) && !has(r, FIELD_CGROUP_ID))
		return false;
	if (has(r, FIELD_ERRNO) != (r->packet.kind == PACKET_SEND_FAILED))
		return false;
	return !has(r, FIELD_REASON) || r->packet.kind == PACKET_DROPPED;
}

bool packet_comment_read(struct packet *packet, struct packet_comment_texts *texts,
			 const char *text, size_t size)
{
	struct reading r = {.packet = {.kind = PACKET_DNS}};

	if (!read_pairs(&r, text, size) || !is_consistent(&r))
		return false;
	packet->has_owner = has(&r, FIELD_PID);
	packet->owner = r.packet.owner;
	packet->cookie = r.packet.cookie;
	packet->has_asked = r.packet.has_asked;
	packet->asked = r.packet.asked;
	packet->kind = r.packet.kind;
	packet->code = r.packet.code;
	*texts = r.texts;
	return true;
}
