/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that loads lists. Inside common/export's feeds only.
 */
#ifndef COMMON_EXPORT_FEEDS_CHILD_H
#define COMMON_EXPORT_FEEDS_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "export/feed_names.h"
#include "export/feeds.h"

#define NS_PER_S  1000000000ULL
#define NS_PER_MS 1000000ULL

#define FEED_WRITING_MAX_NS (5 * NS_PER_S) /* a file that is never left alone is read then */

#define FEED_SHOWN_MAX	 200
#define FEED_TROUBLE_MAX 160

struct feed_files;
struct feed_web;
struct feed_download;

/* One list. */
struct feed {
	const char *source;
	char shown[FEED_SHOWN_MAX]; /* the source, escaped, without passwords */
	uint8_t tag;
	bool allow, url;
	bool loaded;
	struct feed_names names;
	struct list_counts counts;
	uint64_t beyond; /* names that were too many to be kept */
	uint64_t unfit;	 /* with those that the set has no room for */
	uint64_t said_unfit, said_refused;
	char trouble[FEED_TROUBLE_MAX]; /* "": it is well */

	/* A file. */
	int fd;		  /* stays open: who can read it later may not be who can open it */
	struct stat seen; /* what was read last; zeros: nothing that is there any more */

	/* A URL. */
	char etag[256], modified[64]; /* of what was taken last; "": none */
	uint64_t due;		      /* when the next download is */
	uint64_t retry;		      /* after the next failure, ns */
	struct feed_download *download;
};

/* A list as it was given, but for the "user:password@" of a URL; as snprintf(3). */
size_t feed_without_password(char *out, size_t size, const char *source);

struct loader {
	struct feeds_config config; /* with the defaults filled in */
	struct feed *feeds;
	unsigned int count;
	uint64_t seed;
	int channel;		/* to the tool */
	int parent;		/* its pidfd */
	int inotify;		/* -1: none */
	uint64_t check_at;	/* when files are looked at; UINT64_MAX: only each minute */
	uint64_t events_since;	/* the first event that has not been dealt with; 0: none */
	struct feed_web *web;	/* NULL: no list is a URL */
	unsigned int downloads; /* that are under way */
	bool changed;		/* a set is due */
	uint64_t changed_at;
	char *error; /* while it starts: the first file's trouble; NULL later */
};

uint64_t feeds_now(void); /* ns; goes on while the machine sleeps */

/* The child's main(). `files`: by tag, those that are files. */
void feeds_child_run(const struct feeds_config *config, const struct feed_files *files, int channel,
		     int parent) __attribute__((noreturn));

void feed_say(const struct loader *loader, const struct feed *feed, bool trouble,
	      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What a list said last stays; that is said when it is news. */
void feed_trouble(struct loader *loader, struct feed *feed, const char *why);
/* What was read: the feed has it now, or trouble, when it should not; frees it then. */
void feed_take(struct loader *loader, struct feed *feed, struct feed_parse *parse);
/* All is as it was. */
void feed_same(struct loader *loader, struct feed *feed);
/* What was refused or has no room, when it is news. */
void feed_notes(struct loader *loader, struct feed *feed);

/* For feed_parse_begin(). */
void feed_begin(const struct loader *loader, const struct feed *feed, struct feed_parse *parse);

/* A new set of all lists, to the tool. False: the tool has gone. */
bool feeds_build(struct loader *loader);

#endif
