/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/rdata.h"

#include "dns/codes.h"
#include "dns/rdata_field.h"

#define FIELDS_MAX 10

/* A type's fields, in their order on the wire; text has one blank between two. */
struct layout {
	uint16_t type;
	bool internet; /* its meaning is defined for class IN alone */
	field_writer fields[FIELDS_MAX];
};

/* Searched from the front: what resolvers see most comes first. */
static const struct layout layouts[] = {
	{DNS_TYPE_A, true, {put_ipv4}},
	{DNS_TYPE_AAAA, true, {put_ipv6}},
	{DNS_TYPE_CNAME, false, {put_name}},
	{DNS_TYPE_NS, false, {put_name}},
	{DNS_TYPE_PTR, false, {put_name}},
	{DNS_TYPE_SOA, false, {put_name, put_name, put_u32, put_u32, put_u32, put_u32, put_u32}},
	{DNS_TYPE_HTTPS, true, {put_u16, put_name, put_service_params}},
	{DNS_TYPE_MX, false, {put_u16, put_name}},
	{DNS_TYPE_TXT, false, {put_strings}},
	{DNS_TYPE_SRV, true, {put_u16, put_u16, put_u16, put_name}},
	/* DNSSEC: RFC 4034, RFC 5155, RFC 7344 */
	{DNS_TYPE_DS, false, {put_u16, put_u8, put_u8, put_hex}},
	{DNS_TYPE_RRSIG,
	 false,
	 {put_type, put_u8, put_u8, put_u32, put_time, put_time, put_u16, put_name, put_base64}},
	{DNS_TYPE_NSEC, false, {put_name, put_bitmap}},
	{DNS_TYPE_DNSKEY, false, {put_u16, put_u8, put_u8, put_base64}},
	{DNS_TYPE_NSEC3, false, {put_u8, put_u8, put_u16, put_salt, put_hash, put_bitmap}},
	{DNS_TYPE_NSEC3PARAM, false, {put_u8, put_u8, put_u16, put_salt}},
	{DNS_TYPE_CDS, false, {put_u16, put_u8, put_u8, put_hex}},
	{DNS_TYPE_CDNSKEY, false, {put_u16, put_u8, put_u8, put_base64}},
	{DNS_TYPE_CSYNC, false, {put_u32, put_u16, put_bitmap}},      /* RFC 7477 */
	{DNS_TYPE_ZONEMD, false, {put_u32, put_u8, put_u8, put_hex}}, /* RFC 8976 */
	{DNS_TYPE_TA, false, {put_u16, put_u8, put_u8, put_hex}},
	{DNS_TYPE_DLV, false, {put_u16, put_u8, put_u8, put_hex}}, /* RFC 4431 */
	/* Keys and certificates */
	{DNS_TYPE_SSHFP, false, {put_u8, put_u8, put_hex}},		/* RFC 4255 */
	{DNS_TYPE_TLSA, false, {put_u8, put_u8, put_u8, put_hex}},	/* RFC 6698 */
	{DNS_TYPE_SMIMEA, false, {put_u8, put_u8, put_u8, put_hex}},	/* RFC 8162 */
	{DNS_TYPE_OPENPGPKEY, false, {put_base64}},			/* RFC 7929 */
	{DNS_TYPE_CERT, false, {put_u16, put_u16, put_u8, put_base64}}, /* RFC 4398 */
	{DNS_TYPE_CAA, false, {put_u8, put_tag, put_quoted_rest}},	/* RFC 8659 */
	{DNS_TYPE_SIG,
	 false,
	 {put_type, put_u8, put_u8, put_u32, put_time, put_time, put_u16, put_name,
	  put_base64}},							      /* RFC 2931 */
	{DNS_TYPE_KEY, false, {put_u16, put_u8, put_u8, put_base64_or_none}}, /* RFC 2535 */
	{DNS_TYPE_DHCID, true, {put_base64}},				      /* RFC 4701 */
	{DNS_TYPE_TKEY,
	 false,
	 {put_name, put_time, put_time, put_u16, put_tsig_error, put_sized_base64,
	  put_sized_base64}}, /* RFC 2930 */
	{DNS_TYPE_TSIG,
	 false,
	 {put_name, put_u48, put_u16, put_sized_base64, put_u16, put_tsig_error,
	  put_sized_base64}}, /* RFC 8945 */
	/* Services */
	{DNS_TYPE_SVCB, true, {put_u16, put_name, put_service_params}}, /* RFC 9460 */
	{DNS_TYPE_NAPTR, true, {put_u16, put_u16, put_string, put_string, put_string, put_name}},
	{DNS_TYPE_URI, false, {put_u16, put_u16, put_target}}, /* RFC 7553 */
	{DNS_TYPE_KX, true, {put_u16, put_name}},	       /* RFC 2230 */
	{DNS_TYPE_WKS, true, {put_ipv4, put_services}},
	/* The rest of RFC 1035 and of what came after */
	{DNS_TYPE_DNAME, false, {put_name}},
	{DNS_TYPE_SPF, false, {put_strings}}, /* RFC 7208 */
	{DNS_TYPE_HINFO, false, {put_string, put_string}},
	{DNS_TYPE_LOC, false, {put_location}},
	{DNS_TYPE_EUI48, false, {put_eui48}},
	{DNS_TYPE_EUI64, false, {put_eui64}},
	{DNS_TYPE_MD, false, {put_name}},
	{DNS_TYPE_MF, false, {put_name}},
	{DNS_TYPE_MB, false, {put_name}},
	{DNS_TYPE_MG, false, {put_name}},
	{DNS_TYPE_MR, false, {put_name}},
	{DNS_TYPE_MINFO, false, {put_name, put_name}},
	{DNS_TYPE_RP, false, {put_name, put_name}}, /* RFC 1183 */
	{DNS_TYPE_AFSDB, false, {put_u16, put_name}},
	{DNS_TYPE_X25, false, {put_string}},
	{DNS_TYPE_RT, false, {put_u16, put_name}},
	{DNS_TYPE_PX, true, {put_u16, put_name, put_name}},	      /* RFC 2163 */
	{DNS_TYPE_GPOS, false, {put_string, put_string, put_string}}, /* RFC 1712 */
	{DNS_TYPE_NINFO, false, {put_strings}},
	{DNS_TYPE_NID, false, {put_u16, put_locator64}}, /* RFC 6742 */
	{DNS_TYPE_L32, false, {put_u16, put_ipv4}},
	{DNS_TYPE_L64, false, {put_u16, put_locator64}},
	{DNS_TYPE_LP, false, {put_u16, put_name}},
	{DNS_TYPE_AVC, false, {put_strings}},
	{DNS_TYPE_RESINFO, false, {put_strings}}, /* RFC 9606 */
	{DNS_TYPE_WALLET, false, {put_strings}},
};

enum { CLASS_IN = 1, CLASS_NONE = 254 };

static const struct layout *find_layout(uint16_t type, uint16_t class)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (layouts[i].type != type)
			continue;
		/* In another class it may be anything: in CHAOS, A is a name and a number. */
		if (layouts[i].internet && class != CLASS_IN && class != CLASS_NONE &&
		    class != DNS_CLASS_ANY)
			return NULL;
		return &layouts[i];
	}
	return NULL;
}

/* Whether the fields take all of the data. */
static bool put_fields(struct text *t, struct rdata *r, const struct layout *layout)
{
	for (size_t i = 0; i < FIELDS_MAX && layout->fields[i]; i++) {
		size_t separator = t->len;

		if (i > 0)
			text_char(t, ' ');
		size_t before = t->len;

		if (!layout->fields[i](t, r))
			return false;
		if (t->len == before) /* an empty field has no blank of its own */
			t->len = separator;
	}
	return rdata_left(r) == 0 || rdata_misfit(r, "rdata: trailing octets");
}

/* RFC 3597, section 5. */
static void put_unknown(struct text *t, const uint8_t *data, size_t n)
{
	text_string(t, "\\# ");
	text_number(t, n);
	if (n > 0) {
		text_char(t, ' ');
		text_hex_upper(t, data, n);
	}
}

size_t dns_rdata_to_text(char *text, size_t size, const struct dns_message *m,
			 const struct dns_record *record, const char **why)
{
	struct text t = {text, size, 0};
	struct rdata r = {m->wire, record->rdata, (size_t)record->rdata + record->rdlength, NULL};
	uint16_t class = dns_class_without_flag(record->class);
	const struct layout *layout = find_layout(record->type, class);
	bool absent = record->rdlength == 0 && (class == CLASS_NONE || class == DNS_CLASS_ANY);

	/* UPDATE names records to delete, or to depend on, without data (RFC 2136, 2.4, 2.5). */
	if (!absent && !(layout && put_fields(&t, &r, layout))) {
		t.len = 0;
		put_unknown(&t, m->wire + record->rdata, record->rdlength);
	}
	if (why)
		*why = r.why;
	return text_end(&t);
}
