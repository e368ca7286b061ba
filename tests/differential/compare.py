# SPDX-License-Identifier: Apache-2.0
"""One message, decoded by tshark and by common/dns: where the two disagree."""

import base64
import datetime
import re

SECTIONS = (("Queries", "Zone"), ("Answers", "Prerequisites"),
            ("Authoritative nameservers", "Updates"), ("Additional records",))
COUNTS = (("queries", "zones"), ("answers", "prerequisites"), ("auth_rr", "updates"), ("add_rr",))
FLAG_BITS = {"response": 0x8000, "authoritative": 0x0400, "truncated": 0x0200,
             "recdesired": 0x0100, "recavail": 0x0080, "z": 0x0040, "authenticated": 0x0020,
             "checkdisable": 0x0010}


def octets(colons):
    """'0a:0b' as bytes."""
    return bytes.fromhex(colons.replace(":", ""))


def upper_hex(colons):
    return octets(colons).hex().upper()


def b64(colons):
    return base64.b64encode(octets(colons)).decode()


def name(text):
    """tshark's name."""
    return "." if text == "<Root>" else one_mark(text)


def one_mark(text):
    """How many marks stand for octets that are no UTF-8 differs between decoders."""
    return re.sub("\ufffd+", "\ufffd", text)


def shown(text):
    """
    Our name as tshark shows it: control characters in octal, all else as it is, and what is
    no UTF-8 replaced.
    """
    raw = re.sub(rb"\\(\d{3}|.)", lambda m: bytes([int(m[1])]) if len(m[1]) == 3 else m[1],
                 text.encode())
    return "".join(f"\\{ord(c):03o}" if c < " " or c == "\x7f" else c
                   for c in one_mark(raw.decode("utf-8", "replace")))


def quoted(text):
    """A <character-string>, as our text has it, of tshark's UTF-8 string."""
    out = ""
    for octet in text.encode("utf-8"):
        if octet in b'"\\':
            out += "\\" + chr(octet)
        elif 0x20 <= octet <= 0x7e:
            out += chr(octet)
        else:
            out += f"\\{octet:03d}"
    return f'"{out}"'


def time(text):
    """'May 20, 2019 10:15:15.000000000 UTC' as YYYYMMDDHHmmSS."""
    stamp = datetime.datetime.strptime(text.split(".")[0], "%b %d, %Y %H:%M:%S")
    return stamp.strftime("%Y%m%d%H%M%S")


def seconds(text):
    stamp = datetime.datetime.strptime(text.split(".")[0], "%b %d, %Y %H:%M:%S")
    return str(int(stamp.replace(tzinfo=datetime.timezone.utc).timestamp()))


# Types that appear inside RDATA: covered by a signature, or in a bitmap.
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT",
         28: "AAAA", 29: "LOC", 33: "SRV", 35: "NAPTR", 43: "DS", 44: "SSHFP", 46: "RRSIG",
         47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 64: "SVCB",
         65: "HTTPS", 99: "SPF", 256: "URI", 257: "CAA"}


def rrtype(number):
    return TYPES.get(int(number), f"TYPE{number}")


def number(text):
    return str(int(text, 0))


# Per type: tshark's fields in the order of the presentation form, and each one's form.
FIELDS = {
    1: [("dns.a", str)],
    2: [("dns.ns", name)],
    5: [("dns.cname", name)],
    6: [("dns.soa.mname", name), ("dns.soa.rname", name), ("dns.soa.serial_number", number),
        ("dns.soa.refresh_interval", number), ("dns.soa.retry_interval", number),
        ("dns.soa.expire_limit", number), ("dns.soa.minimum_ttl", number)],
    11: [("dns.wks.address", str), ("dns.wks.protocol", number)],
    12: [("dns.ptr.domain_name", name)],
    13: [("dns.hinfo.cpu", quoted), ("dns.hinfo.os", quoted)],
    15: [("dns.mx.preference", number), ("dns.mx.mail_exchange", name)],
    28: [("dns.aaaa", str)],
    33: [("dns.srv.priority", number), ("dns.srv.weight", number), ("dns.srv.port", number),
         ("dns.srv.target", name)],
    35: [("dns.naptr.order", number), ("dns.naptr.preference", number),
         ("dns.naptr.flags", quoted), ("dns.naptr.service", quoted),
         ("dns.naptr.regex", quoted), ("dns.naptr.replacement", name)],
    43: [("dns.ds.key_id", number), ("dns.ds.algorithm", number), ("dns.ds.digest_type", number),
         ("dns.ds.digest", upper_hex)],
    44: [("dns.sshfp.algorithm", number), ("dns.sshfp.fingerprint.type", number),
         ("dns.sshfp.fingerprint", upper_hex)],
    46: [("dns.rrsig.type_covered", rrtype), ("dns.rrsig.algorithm", number),
         ("dns.rrsig.labels", number), ("dns.rrsig.original_ttl", number),
         ("dns.rrsig.signature_expiration", time), ("dns.rrsig.signature_inception", time),
         ("dns.rrsig.key_tag", number), ("dns.rrsig.signers_name", name),
         ("dns.rrsig.signature", b64)],
    48: [("dns.dnskey.flags", number), ("dns.dnskey.protocol", number),
         ("dns.dnskey.algorithm", number), ("dns.dnskey.public_key", b64)],
    51: [("dns.nsec3.algo", number), ("dns.nsec3.flags", number),
         ("dns.nsec3.iterations", number), ("dns.nsec3.salt_value", upper_hex)],
    52: [("dns.tlsa.certificate_usage", number), ("dns.tlsa.selector", number),
         ("dns.tlsa.matching_type", number),
         ("dns.tlsa.certificate_association_data", upper_hex)],
    249: [("dns.tkey.algo_name", name), ("dns.tkey.signature_inception", time),
          ("dns.tkey.signature_expiration", time), ("dns.tkey.mode", number)],
    250: [("dns.tsig.algorithm_name", name), ("dns.tsig.time_signed", seconds),
          ("dns.tsig.fudge", number), ("dns.tsig.mac_size", number)],
    257: [("dns.caa.flags", number), ("dns.caa.tag", str), ("dns.caa.value", quoted)],
}
# Types whose data is names and numbers, without any other escapes.
NAMED = {2, 5, 6, 12, 15, 33, 47}
STRINGS = {16: "dns.txt", 99: "dns.spf"}
# Types of which only the beginning is compared: tshark has the rest as text, or not at all.
OPEN_ENDED = {11, 249, 250}


def bitmap_types(record):
    """tshark gives each type of a bitmap in the field that also has the record's own type."""
    return [rrtype(value) for value in record.all("dns.resp.type")[1:]]


def expected_nsec(record):
    if record.get("dns.nsec.next_domain_name") is None:
        return None
    return " ".join([name(record.get("dns.nsec.next_domain_name"))] + bitmap_types(record))


def expected_nsec3(record):
    salt = record.get("dns.nsec3.salt_value")
    parts = [record.get("dns.nsec3.algo"), record.get("dns.nsec3.flags"),
             record.get("dns.nsec3.iterations"), upper_hex(salt) if salt else "-",
             record.get("dns.nsec3.hash_value").upper()]
    return " ".join(parts + bitmap_types(record))


def expected_param(param):
    """One SvcParam as (key, list of values); None where tshark gives no field for it."""
    values = [value for key, value in param
              if re.fullmatch(r"dns\.svcb\.svcparam\.(alpn|port|ipv[46]hint\.ip)", key)]
    return int(param.get("dns.svcb.svcparam.key")), values


PARAM_KEYS = {1: "alpn", 3: "port", 4: "ipv4hint", 6: "ipv6hint"}


def expected_svcb(record):
    parts = [record.get("dns.svcb.svcpriority"), name(record.get("dns.svcb.targetname"))]
    for param in record.all("dns.svcb.svcparam"):
        if not hasattr(param, "get"):
            continue
        key, values = expected_param(param)
        text = ",".join(values)
        parts.append(f'{PARAM_KEYS[key]}="{text}"' if key == 1 else f"{PARAM_KEYS[key]}={text}")
    return " ".join(parts)


SPECIAL = {47: expected_nsec, 50: expected_nsec3, 64: expected_svcb, 65: expected_svcb}


def expected_data(rtype, record):
    """Our presentation form, made of tshark's fields; None: it has none for this type."""
    if rtype in SPECIAL:
        return SPECIAL[rtype](record)
    if rtype in STRINGS:
        strings = record.all(STRINGS[rtype])
        return " ".join(quoted(s) for s in strings) if strings else None
    if rtype not in FIELDS:
        data = record.get("dns.data")
        return f"\\# {len(octets(data))} {upper_hex(data)}" if data else None
    values = [next(record.find(key), None) for key, _ in FIELDS[rtype]]
    if None in values:
        return None
    return " ".join(form(value) for (_, form), value in zip(FIELDS[rtype], values))


def option_differences(where, ours, theirs):
    """EDNS options: code, size, and the value where tshark decodes it."""
    options = theirs.all("dns.opt")
    yield where + "options", len(ours["options"]), len(options)
    for mine, option in zip(ours["options"], options):
        at = f"{where}option {option.get('dns.opt.code')} "
        yield at + "code", mine["code"], int(option.get("dns.opt.code"))
        yield at + "size", mine["size"], int(option.get("dns.opt.len"))
        address = option.get("dns.opt.client.addr4") or option.get("dns.opt.client.addr6")
        if address:
            text = (f"{address}/{option.get('dns.opt.client.netmask')}"
                    f"/{option.get('dns.opt.client.scope')}")
            yield at + "ECS", mine["text"], text
        elif option.get("dns.opt.cookie.client") is not None:
            cookie = option.get("dns.opt.cookie.client") + option.get("dns.opt.cookie.server", "")
            yield at + "COOKIE", mine["text"], octets(cookie).hex()
        elif option.get("dns.opt.edns_tcp_keepalive.timeout") is not None:
            tenths = int(option.get("dns.opt.edns_tcp_keepalive.timeout"))
            yield at + "TCP-KEEPALIVE", mine["text"], f"{tenths // 10}.{tenths % 10}s"
        elif option.get("dns.opt.padding") is not None:
            yield at + "PADDING", mine["text"], str(len(octets(option.get("dns.opt.padding"))))
        elif int(option.get("dns.opt.code")) in (3, 15):
            pass  # tshark 4.0 has no more than the octets, and we more than those
        else:
            yield at + "octets", mine["text"], octets(option.get("dns.opt.data", "")).hex()


def opt_differences(where, ours, theirs):
    yield where + "udp size", ours["udp_size"], int(theirs.get("dns.rr.udp_payload_size"), 0)
    yield where + "rcode", ours["extended_rcode"], int(theirs.get("dns.resp.ext_rcode"), 0)
    yield where + "version", ours["version"], int(theirs.get("dns.resp.edns0_version"))
    yield where + "flags", ours["flags"], int(theirs.get("dns.resp.z"), 0)
    yield where + "DO", ours["do"], next(theirs.find("dns.resp.z.do")) == "1"
    yield from option_differences(where, ours, theirs)


def class_of(entry, prefix, bit):
    """The class with its mDNS bit, which tshark takes apart."""
    flag = entry.get(bit)
    return int(entry.get(prefix + "class"), 0) | (0x8000 if flag == "1" else 0)


def owner(record):
    """tshark takes the names of SRV records apart."""
    if record.get("dns.srv.service") is None:
        return name(record.get("dns.resp.name"))
    parts = (record.get("dns.srv." + part) for part in ("service", "proto", "name"))
    return one_mark(".".join(part for part in parts if part is not None))


def data_differences(where, rtype, data, theirs):
    """The record's data, as far as tshark has fields for it."""
    expected = expected_data(rtype, theirs)
    if expected is None:
        return
    if rtype in OPEN_ENDED:
        data = " ".join(data.split(" ")[:len(FIELDS[rtype])])
    if rtype in NAMED:
        data = shown(data)
    yield where + "data", data, expected


def record_differences(where, ours, theirs):
    yield where + "name", shown(ours["name"]), owner(theirs)
    yield where + "type", ours["type"], int(theirs.get("dns.resp.type"))
    yield where + "size", ours["size"], int(theirs.get("dns.resp.len"))
    if ours["type"] == 41:
        yield from opt_differences(where, ours, theirs)
        return
    yield where + "class", ours["class"], class_of(theirs, "dns.resp.", "dns.resp.cache_flush")
    yield where + "ttl", ours["ttl"], int(theirs.get("dns.resp.ttl"))
    yield from data_differences(where, ours["type"], ours["data"], theirs)


def question_differences(where, ours, theirs):
    yield where + "name", shown(ours["name"]), name(theirs.get("dns.qry.name"))
    yield where + "type", ours["type"], int(theirs.get("dns.qry.type"))
    yield where + "class", ours["class"], class_of(theirs, "dns.qry.", "dns.qry.qu")


def entries(layer, names):
    """tshark's whole entries of a section: one that was cut short lacks its last field."""
    for key in names:
        section = layer.get(key)
        if section is not None and section != "":
            last = "dns.qry.class" if names == SECTIONS[0] else "dns.resp.len"
            return [e for _, e in section if hasattr(e, "get") and e.get(last) is not None]
    return []


def header_fields(ours, layer):
    yield "id", ours["id"], int(layer.get("dns.id"), 0)
    yield "flags", ours["flags"], int(layer.get("dns.flags"), 0)
    bits = layer.get("dns.flags_tree")
    yield "opcode", ours["opcode"], int(bits.get("dns.flags.opcode"))
    if bits.get("dns.flags.rcode") is not None:
        yield "rcode", ours["rcode"], int(bits.get("dns.flags.rcode"))
    for bit, mask in FLAG_BITS.items():
        value = bits.get("dns.flags." + bit)
        if value is not None:
            yield "flag " + bit, bool(ours["flags"] & mask), value == "1"
    for index, names in enumerate(COUNTS):
        for key in names:
            value = layer.get("dns.count." + key)
            if value is not None:
                yield "count " + key, ours["counts"][index], int(value)


def fields(ours, layer, stopped):
    """
    (field, ours, tshark's) of everything that tshark decoded. `stopped`: tshark gave up on
    the message as malformed, so that we may have more than it.
    """
    if "id" not in ours:
        yield "header", None, layer.get("dns.id")
        return
    yield from header_fields(ours, layer)
    for index, names in enumerate(SECTIONS):
        theirs = entries(layer, names)
        if index == 0:
            mine, differences = ours["questions"], question_differences
        else:
            mine = [r for r in ours["records"] if r["section"] == index]
            differences = record_differences
        if len(mine) < len(theirs) or not stopped:
            yield f"{names[0]}", len(mine), len(theirs)
        for i, (a, b) in enumerate(zip(mine, theirs)):
            yield from differences(f"{names[0]} {i} ", a, b)
