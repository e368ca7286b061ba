// SPDX-License-Identifier: Apache-2.0
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/** InetAddress.getAllByName() of each argument, one after the other; says what lookup.c says. */
class Lookup {
	/* What gai_strerror() has made of them; Java tells nothing else. */
	private static final Map<String, String> CODES = Map.of(
		"Name or service not known", "EAI_NONAME",
		"No address associated with hostname", "EAI_NODATA",
		"Temporary failure in name resolution", "EAI_AGAIN");

	private static long now() {
		Instant now = Instant.now();

		return now.getEpochSecond() * 1_000_000_000L + now.getNano();
	}

	private static String codeOf(UnknownHostException error) {
		String message = error.getMessage();

		return CODES.getOrDefault(message.substring(message.indexOf(": ") + 2), "EAI_?");
	}

	public static void main(String[] names) throws Exception {
		String[] thread = Files.readSymbolicLink(Path.of("/proc/thread-self")).toString().split("/");

		for (String name : names) {
			StringBuilder addresses = new StringBuilder();
			String code = "0";
			long start = now();

			try {
				for (InetAddress address : InetAddress.getAllByName(name))
					addresses.append(' ').append(address.getHostAddress());
			} catch (UnknownHostException error) {
				code = codeOf(error);
			}
			System.out.printf("getaddrinfo %s %s %s %s %d %d%s%n", name, code, thread[0],
				thread[2], start, now(), addresses);
		}
	}
}
