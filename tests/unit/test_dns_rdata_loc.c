/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_helpers.h"

#include "dns/codes.h"

struct example {
	unsigned int type;
	const char *hex;
	const char *text;
};

/* RFC 1876, section 4; what the zone file leaves out has the defaults of section 3. */
static const struct example examples[] = {
	{DNS_TYPE_LOC, "0033161389172dd070be15f000988d20",
	 "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m"},
	{DNS_TYPE_LOC, "001224138917069070bf2dd800988d20",
	 "42 21 43.952 N 71 5 6.344 W -24.00m 1m 200m 10m"},
	{DNS_TYPE_LOC, "001216138b3556c88008165000989a68",
	 "52 14 5.000 N 0 8 50.000 E 10.00m 1m 10000m 10m"},
	{DNS_TYPE_LOC, "00121613791b7d2898e6486800989a68",
	 "32 7 19.000 S 116 2 25.000 E 10.00m 1m 10000m 10m"},
	{DNS_TYPE_LOC, "002516138916cb3c70c310df00988550",
	 "42 21 28.764 N 71 0 51.617 W -44.00m 2000m 10000m 10m"},
};

static void test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		expect_rdata(examples[i].type, examples[i].hex, examples[i].text);
}

static void test_limits(void **state)
{
	(void)state;
	expect_rdata(DNS_TYPE_LOC, "00 000000 80000000 80000000 00989680",
		     "0 0 0.000 N 0 0 0.000 E 0.00m 0m 0m 0m");
	expect_rdata(DNS_TYPE_LOC, "00 101199 934fd900 a69fb200 00989681",
		     "90 0 0.000 N 180 0 0.000 E 0.01m 0.01m 0.10m 90000000m");
	expect_rdata(DNS_TYPE_LOC, "00 000000 6cb02700 59604e00 00000000",
		     "90 0 0.000 S 180 0 0.000 W -100000.00m 0m 0m 0m");
	expect_rdata(DNS_TYPE_LOC, "00 000000 7fffffff 7fffffff ffffffff",
		     "0 0 0.001 S 0 0 0.001 W 42849672.95m 0m 0m 0m");
}

static void test_misfits(void **state)
{
	(void)state;
	expect_misfit(DNS_TYPE_LOC, "01 121613 80000000 80000000 00989680", "rdata: LOC version");
	expect_misfit(DNS_TYPE_LOC, "00 121613 934fd901 80000000 00989680", "rdata: LOC latitude");
	expect_misfit(DNS_TYPE_LOC, "00 121613 6cb026ff 80000000 00989680", "rdata: LOC latitude");
	expect_misfit(DNS_TYPE_LOC, "00 121613 00000000 80000000 00989680", "rdata: LOC latitude");
	expect_misfit(DNS_TYPE_LOC, "00 121613 80000000 a69fb201 00989680", "rdata: LOC longitude");
	expect_misfit(DNS_TYPE_LOC, "00 a01613 80000000 80000000 00989680", "rdata: LOC precision");
	expect_misfit(DNS_TYPE_LOC, "00 121a13 80000000 80000000 00989680", "rdata: LOC precision");
	expect_misfit(DNS_TYPE_LOC, "00 12161a 80000000 80000000 00989680", "rdata: LOC precision");
	expect_misfit(DNS_TYPE_LOC, "00 121613 80000000 80000000 009896", "rdata: cut");
	expect_misfit(DNS_TYPE_LOC, "00 121613 80000000 80000000 00989680 00",
		      "rdata: trailing octets");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_misfits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
