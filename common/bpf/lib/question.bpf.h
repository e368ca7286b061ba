/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question of a DNS message, as a hash: what is told apart without being kept. HASH_SEED and
 * QUESTION_KEYS are made anew for each program, so that nobody knows which names are alike.
 */
#define QUESTION_WORDS 16
#define QUESTION_MAX   (QUESTION_WORDS * 8) /* octets: of longer ones there is no hash */
#define MDNS_PORT      5353
#define DNS_TC	       0x0200
#define DNS_OPCODE     0x7800
#define DNS_RCODE      0x000f

/* The beginning of a DNS message (RFC 1035, section 4.1), in network order. */
struct message_header {
	u16 id, flags, questions, answers, authority, additional;
};

/* Answers may have another case (RFC 4343). Octets that are no letters may change too. */
static __always_inline u64 lower_case(u64 octets)
{
	const u64 ones = 0x0101010101010101ULL, low = octets & 0x7f7f7f7f7f7f7f7fULL;
	u64 from_a = low + ones * (0x80 - 'A'), above_z = low + ones * (0x7f - 'Z');

	return octets | ((from_a & ~above_z & ~octets & ones * 0x80) >> 2);
}

static __always_inline u64 mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 29;
}

/* The octets of a word that is read from memory, which are within the first `count`. */
static __always_inline u64 first_octets(u64 word, u32 count)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return word & ((1ULL << count * 8) - 1);
#else
	return word & ~(~0ULL >> count * 8);
#endif
}

/* Where the question ends that begins here: type and class follow the name. 0: not in sight. */
static __always_inline u32 question_size(const u8 *question)
{
	u32 at = 0;

	for (int i = 0; i < QUESTION_MAX / 2; i++) {
		u32 here = at;
		u8 length;

		/* Changes nothing, but shows the verifier the bound. */
		asm volatile("" : "+r"(here));
		length = question[here & (QUESTION_MAX - 1)];
		if (length == 0)
			return at + 5 <= QUESTION_MAX ? at + 5 : 0;
		at += length + 1;
		if (length > 63 || at >= QUESTION_MAX)
			return 0;
	}
	return 0;
}

/*
 * A part of a sum in the way of NH (Black et al., "UMAC: Fast and Secure Message Authentication",
 * CRYPTO 1999): who does not know the keys, one for each word, finds two messages with one sum by
 * luck alone, one time in 2^32.
 */
static __always_inline u64 keyed(u64 word, u64 key)
{
	word ^= key;
	return (word >> 32) * (u32)word;
}

static __always_inline u64 question_hash(const u64 *words, u32 size)
{
	const u64 keys[QUESTION_WORDS] = {QUESTION_KEYS};
	u64 sum = size;

#pragma unroll
	for (u32 i = 0; i < QUESTION_WORDS; i++) {
		if (size <= i * 8)
			break;
		sum += keyed(lower_case(size >= i * 8 + 8 ? words[i]
							  : first_octets(words[i], size - i * 8)),
			     keys[i]);
	}
	return mix(HASH_SEED, sum);
}

/*
 * A message's header and a hash of its only question; `offset` is the message's. It is read from
 * four octets before it, which belong to the UDP header, so that its question is aligned.
 */
static __always_inline bool read_question(const struct view *view, u32 offset,
					  struct message_header *header, u64 *question)
{
	u64 words[2 + QUESTION_WORDS];
	u32 size, n;

	if (view->size <= offset + sizeof(*header))
		return false;
	n = view->size - offset - sizeof(*header);
	if (n > QUESTION_MAX)
		n = QUESTION_MAX;
	/* Changes nothing, but shows the verifier the bounds. */
	n = (n - 1) & (QUESTION_MAX - 1);
	asm volatile("" : "+r"(n));
	n += 1;
	__builtin_memset(words, 0, sizeof(words));
	if (!load(view, offset - 4, words, 16 + n))
		return false;
	__builtin_memcpy(header, (u8 *)words + 4, sizeof(*header));
	if (header->questions != bpf_htons(1))
		return false;
	size = forget_bounds(question_size((u8 *)(words + 2)), words[0]);
	if (size == 0 || size > n)
		return false;
	*question = question_hash(words + 2, size);
	return true;
}
