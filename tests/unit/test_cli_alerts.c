/* SPDX-License-Identifier: Apache-2.0 */
/* What a tool says about its sinks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/alerts.h"
#include "cli/clock.h"

static char folder[] = "/tmp/alerts-XXXXXX";
static char specs[2][64];
static char said[1024];

static FILE *errors;
static int saved;

static void listen_to_stderr(void)
{
	errors = tmpfile();
	saved = dup(STDERR_FILENO);
	fflush(stderr);
	dup2(fileno(errors), STDERR_FILENO);
}

static const char *what_was_said(void)
{
	fflush(stderr);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(errors);
	said[fread(said, 1, sizeof(said) - 1, errors)] = '\0';
	fclose(errors);
	return said;
}

static void add_both(struct alerts *alerts)
{
	char error[OPTION_ERROR_MAX];

	for (int i = 0; i < 2; i++) {
		snprintf(specs[i], sizeof(specs[i]), "file:%s/%d", folder, i);
		assert_true(alerts_add(alerts, specs[i], error));
	}
}

static size_t size_of(int file)
{
	FILE *stream = fopen(specs[file] + strlen("file:"), "r");
	char text[256];
	size_t n;

	assert_non_null(stream);
	n = fread(text, 1, sizeof(text), stream);
	fclose(stream);
	return n;
}

static void each_sink_has_each_alert(void **state)
{
	struct alerts alerts = {.count = 0};
	char error[SINK_ERROR_MAX], wanted[512];

	(void)state;
	add_both(&alerts);
	assert_true(alerts_open(&alerts, error));
	listen_to_stderr();
	alerts_put(&alerts, SINK_HIGH, "{\"a\":1}", 7, "a is 1");
	alerts_put(&alerts, SINK_LOW, "{}", 2, "nothing");
	alerts_hangup(&alerts);
	alerts_say(&alerts, "tool", clock_monotonic());
	alerts_close(&alerts, "tool", 20 * NS_PER_SECOND);
	what_was_said();
	snprintf(wanted, sizeof(wanted),
		 "tool: alert sink '%s': delivered 2, lost 0\n"
		 "tool: alert sink '%s': delivered 2, lost 0\n",
		 specs[0], specs[1]);
	assert_string_equal(said, wanted);
	assert_int_equal(size_of(0), 8 + 3);
	assert_int_equal(size_of(1), 8 + 3);
}

static void what_was_lost_is_said_with_its_reason(void **state)
{
	struct alerts alerts = {.count = 0};
	char error[SINK_ERROR_MAX];

	(void)state;
	assert_true(alerts_add(&alerts, "webhook:http://127.0.0.1:1/secret", error));
	assert_true(alerts_open(&alerts, error));
	listen_to_stderr();
	alerts_put(&alerts, SINK_HIGH, "{}", 2, "nothing");
	said[0] = '\0';
	for (int i = 0; i < 400 && !said[0]; i++) {
		usleep(50000);
		alerts_say(&alerts, "tool", clock_monotonic());
		fflush(stderr);
		rewind(errors);
		said[fread(said, 1, sizeof(said) - 1, errors)] = '\0';
	}
	alerts_close(&alerts, "tool", 100 * NS_PER_MS);
	what_was_said();
	assert_string_equal(said, "tool: alert sink 'webhook:127.0.0.1:1': Couldn't connect to "
				  "server: 0 alerts lost, 1 waiting\n"
				  "tool: alert sink 'webhook:127.0.0.1:1': delivered 0, lost 1: "
				  "Couldn't connect to server\n");
}

static void what_is_refused(void **state)
{
	struct alerts alerts = {.count = 0};
	char error[SINK_ERROR_MAX];

	(void)state;
	assert_false(alerts_add(&alerts, "nothing", error));
	assert_string_equal(error, "is not file:PATH, syslog[:FACILITY] or webhook:URL");
	for (int i = 0; i < ALERT_SINKS_MAX; i++)
		assert_true(alerts_add(&alerts, "file:/no/such/folder/x", error));
	assert_false(alerts_add(&alerts, "syslog", error));
	assert_string_equal(error, "is one sink too many");
	assert_false(alerts_open(&alerts, error));
	assert_string_equal(error,
			    "alert sink 'file:/no/such/folder/x': No such file or directory");
	alerts_close(&alerts, "tool", 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		unlink(specs[i] + strlen("file:"));
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sink_has_each_alert),
		cmocka_unit_test(what_was_lost_is_said_with_its_reason),
		cmocka_unit_test(what_is_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
