# SPDX-License-Identifier: Apache-2.0
"""
Host names of well-known services as their machines make them. Each entry: how often it is seen
on a page or by itself, relative to the others; how a name of it is drawn; and the aliases of its
answer. Most draw from a pool that is finite in nature as well; those marked ONCE make a new name
each time and look most like a tunnel.
"""

from everyday_names import token_of

AIRPORTS = "fra ams lhr cdg mad mxp arn waw vie zrh iad ord dfw sjc lax nrt sin bom syd gru".split()
REGIONS = ("us-east-1 us-east-2 us-west-2 eu-west-1 eu-west-2 eu-central-1 eu-north-1 ap-south-1 "
           "ap-southeast-1 ap-southeast-2 ap-northeast-1 sa-east-1").split()
SERVERS_OF_VIDEO = "4g5e6nsz 4g5edn6r 4g5lznes 4g5ednsl 25ge7nzs 5hne6nzd h5q7knes uxaxh5gx".split()
POPS = "a b c d e f g h".split()


def edge(d, pool=9000):
    """A CDN's own server name: few thousand exist."""
    return f"e{d.below(pool) + 100}.{d.pick(('a', 'b', 'dscb', 'dsca', 'dscd', 'g', 'x'))}"


def akamai(d, name):
    return ("cname", name + ".edgekey.net", edge(d) + ".akamaiedge.net")


def widely_used(name):
    return lambda d: (name, None)


# Hosts that most pages load from; nothing in their names changes.
COMMON = [widely_used(name) for name in """www.google.com www.gstatic.com fonts.googleapis.com
fonts.gstatic.com www.googletagmanager.com www.google-analytics.com ajax.googleapis.com
region1.google-analytics.com apis.google.com accounts.google.com play.google.com i.ytimg.com
www.youtube.com yt3.ggpht.com lh3.googleusercontent.com adservice.google.com
pagead2.googlesyndication.com securepubads.g.doubleclick.net googleads.g.doubleclick.net
stats.g.doubleclick.net cm.g.doubleclick.net tpc.googlesyndication.com s0.2mdn.net
connect.facebook.net www.facebook.com static.xx.fbcdn.net graph.facebook.com www.instagram.com
platform.twitter.com abs.twimg.com pbs.twimg.com syndication.twitter.com analytics.twitter.com
snap.licdn.com px.ads.linkedin.com www.linkedin.com bat.bing.com www.bing.com c.bing.com
cdnjs.cloudflare.com cdn.jsdelivr.net unpkg.com static.cloudflareinsights.com code.jquery.com
challenges.cloudflare.com maxcdn.bootstrapcdn.com stackpath.bootstrapcdn.com use.fontawesome.com
kit.fontawesome.com use.typekit.net p.typekit.net polyfill.io secure.gravatar.com s.w.org
widget.trustpilot.com cdn.cookielaw.org geolocation.onetrust.com consent.cookiebot.com
app.usercentrics.eu api.segment.io cdn.segment.com api.mixpanel.com cdn.mxpnl.com
static.hotjar.com script.hotjar.com vars.hotjar.com ws.hotjar.com cdn.heapanalytics.com
api2.amplitude.com api.eu.amplitude.com rum.browser-intake-datadoghq.com
browser-intake-datadoghq.eu bam.nr-data.net js-agent.newrelic.com bam.eu01.nr-data.net
ib.adnxs.com secure.adnxs.com acdn.adnxs.com ads.pubmatic.com image6.pubmatic.com
hbopenbid.pubmatic.com fastlane.rubiconproject.com pixel.rubiconproject.com eus.rubiconproject.com
ssum.casalemedia.com htlb.casalemedia.com bidder.criteo.com gum.criteo.com static.criteo.net
sslwidget.criteo.com dis.criteo.com match.adsrvr.org insight.adsrvr.org js.adsrvr.org
cdn.taboola.com trc.taboola.com widgets.outbrain.com tr.outbrain.com c.amazon-adsystem.com
s.amazon-adsystem.com aax-eu.amazon-adsystem.com rtb.openx.net u.openx.net eb2.3lift.com
tlx.3lift.com ap.lijit.com prebid.a-mo.net sync.1rx.io x.bidswitch.net cs.media.net
contextual.media.net sb.scorecardresearch.com b.scorecardresearch.com pixel.quantserve.com
secure.quantserve.com rules.quantcount.com dpm.demdex.net idsync.rlcdn.com id5-sync.com
api.rlcdn.com ce.lijit.com pixel.tapad.com loadm.exelator.com tags.bluekai.com tags.tiqcdn.com
cdn.optimizely.com logx.optimizely.com cdn.permutive.com cdn.doubleverify.com
rtb0.doubleverify.com pixel.adsafeprotected.com static.adsafeprotected.com z.moatads.com
px.moatads.com s.yimg.com ups.analytics.yahoo.com analytics.tiktok.com sc-static.net
tr.snapchat.com ct.pinterest.com s.pinimg.com i.pinimg.com assets.pinterest.com alb.reddit.com
www.redditstatic.com i.redd.it player.vimeo.com i.vimeocdn.com fast.wistia.com embed.tawk.to
js.intercomcdn.com widget.intercom.io js.hs-scripts.com js.hs-analytics.net track.hubspot.com
forms.hsforms.com js.stripe.com m.stripe.network www.paypal.com www.paypalobjects.com
cdn.shopify.com monorail-edge.shopifysvc.com static.klaviyo.com a.klaviyo.com static.zdassets.com
ekr.zdassets.com upload.wikimedia.org en.wikipedia.org github.githubassets.com
avatars.githubusercontent.com raw.githubusercontent.com api.github.com mc.yandex.ru yastatic.net
vk.com hm.baidu.com pos.baidu.com image.baidu.com tags.crwdcntrl.net""".split()]


def google_video(d):
    server = f"r{d.below(8) + 1}---sn-{d.pick(SERVERS_OF_VIDEO)}"
    return server + ".googlevideo.com", ("cname", server.replace("---", ".") + ".googlevideo.com")


def facebook(d):
    pop = d.pick(AIRPORTS) + str(d.below(3) + 3) + "-" + str(d.below(2) + 1)
    return d.pick((f"scontent-{pop}.xx.fbcdn.net", f"video-{pop}.xx.fbcdn.net",
                   f"scontent-{pop}.cdninstagram.com", f"scontent.f{pop}.fna.fbcdn.net")), None


def netflix(d):
    return (f"ipv4-c{d.below(140) + 1:03d}-{d.pick(AIRPORTS)}001-ix.1.oca.nflxvideo.net", None)


def measured_page(d):
    """ONCE: the visitor's and the server's address and the time, in each page's name."""
    dashed = [d.ipv4().replace(".", "-") for _ in range(2)]
    host = f"{dashed[0]}_s-{dashed[1]}_ts-{1700000000 + d.below(86400)}-clienttons-s"
    return host + ".akamaihd.net", ("cname", edge(d) + ".akamai.net")


def measured_client(d):
    """ONCE."""
    host = f"{d.base32(20)}-{d.base32(6)}-{d.hex(9)}-clientnsv4-s"
    return host + ".akamaihd.net", ("cname", edge(d) + ".akamai.net")


def labs(d):
    """ONCE: a measurement by advertisement, four names a visitor."""
    visit = f"u{d.hex(8)}-c{d.below(250)}-a{d.hex(4)}-s17000{d.below(99999):05d}-i{d.hex(8)}-0"
    return f"{d.pick(('0du', '0di', '0ds', '06u'))}-{visit}.am.dotnxdomain.net", None


def latency_probe(d):
    """ONCE: a resolver's latency as the network's own company sees it."""
    pieces = (d.letters(13), d.letters(16), str(d.below(900000) + 100000))
    kind = d.pick(("i1-v6exp3-v4", "i2-v6exp3-ds", "s1-v6exp3-v4", "i1-v6exp3"))
    return f"p4-{'-'.join(pieces)}-{kind}.metric.gstatic.com", None


def sandbox_of_mail(d):
    return f"{d.base32(50)}-opensocial.googleusercontent.com", ("cname", "googlehosted.l."
                                                                 "googleusercontent.com")


def front(d):
    """One of a site's own distributions: some thousands are met in a day."""
    return f"d{token_of(str(d.below(6000)), 13)}.cloudfront.net", None


def accelerated(d):
    """A site's pages as a search engine keeps them: its name, or a hash of it."""
    site = f"{d.word()}{d.word()}"
    return (f"{token_of(site, 52)}" if d.happens(0.2) else f"{site}-com") + ".cdn.ampproject.org", (
        "cname", "cdn-content.ampproject.org")


DRAWN = [
    (6, accelerated),
    (6, lambda d: (f"{d.uuid()}-netseer-ipaddr-assoc.x{d.pick('yz')}.fbcdn.net", "nodata")),  # ONCE
    (4, lambda d: (d.hex(32) + ".fp.measure.office.com", None)),  # ONCE
    (1, lambda d: (d.letters(10) + ".spotilocal.com", ("a", "127.0.0.1"))),  # ONCE
    (30, google_video), (20, facebook), (8, netflix), (16, front),
    (6, measured_page), (5, measured_client), (2, labs), (4, latency_probe), (2, sandbox_of_mail),
    (36, lambda d: (d.hex(32) + ".safeframe.googlesyndication.com", ("cname", "pagead46.l."
                                                                     "doubleclick.net"))),  # ONCE
    (4, lambda d: (f"{d.hex(32)}.{d.pick(('clo', 'nrb', 'azr'))}.footprintdns.com", None)),  # ONCE
    (3, lambda d: (f"{d.uuid()}.u.fastly-insights.com", None)),  # ONCE
    (2, lambda d: (f"{d.base36(20)}.rum.beatmeter.net", None)),  # ONCE; of no known service
    (1, lambda d: (f"{d.uuid()}.probe.edge-race.io", None)),  # ONCE; of no known service
    (8, lambda d: (f"{d.hex(3)}0{d.below(90) + 10}e0.akstat.io", None)),
    (6, lambda d: (f"{d.below(9000000) + 1000000}.fls.doubleclick.net", None)),
    (6, lambda d: (f"o{d.below(300) * 1471 + 10000}.ingest.sentry.io", None)),
    (4, lambda d: (f"o{d.below(90) * 45051 + 4504000000000000}.ingest.us.sentry.io", None)),
    (5, lambda d: (f"smetrics.{d.word()}{d.word()}.com", ("cname", f"{d.word()}.com.ssl.sc."
                                                          "omtrdc.net"))),
    (5, lambda d: (f"{d.word()}{d.word()}.sc.omtrdc.net", None)),
    (5, lambda d: (f"{d.word()}{d.word()}.demdex.net", None)),
    (5, lambda d: (f"a{d.below(700)}.casalemedia.com", None)),
    (8, lambda d: (f"lh{d.below(4) + 3}.googleusercontent.com", None)),
    (8, lambda d: (f"encrypted-tbn{d.below(4)}.gstatic.com", None)),
    (6, lambda d: (f"edge-star-shv-{d.below(2) + 1:02d}-{d.pick(AIRPORTS)}{d.below(4) + 1}"
                   ".facebook.com", None)),
    (6, lambda d: (f"prod-{d.word()}-cdn-{d.below(90)}.azureedge.net",
                   ("cname", f"{d.word()}.afd.azureedge.net", "part-0017.t-0009.t-msedge.net"))),
    (6, lambda d: (f"{d.word()}-{d.word()}.s3.{d.pick(REGIONS)}.amazonaws.com",
                   ("cname", f"s3-r-w.{d.pick(REGIONS)}.amazonaws.com"))),
    (5, lambda d: (f"{d.pick(POPS)}.ssl.fastly.net", None)),
    (5, lambda d: (f"{d.word()}{d.below(40)}.global.ssl.fastly.net", None)),
    (6, lambda d: (f"{d.word()}-{d.word()}.b-cdn.net", None)),
    (5, lambda d: (f"a{d.below(2000)}.{d.pick('abcdg')}.akamai.net", None)),
    (6, lambda d: (f"v{d.below(30)}-{d.pick(('webapp', 'webcast', 'default'))}-prime."
                   "tiktokcdn.com", None)),
    (5, lambda d: (f"video-weaver.{d.pick(AIRPORTS)}{d.below(9):02d}.hls.ttvnw.net", None)),
    (3, lambda d: (f"{d.hex(12)[:2]}{d.below(60):02d}e5fc09.j.cloudfront.hls.ttvnw.net", None)),
    (4, lambda d: (f"audio-{d.pick(('fa', 'ak', 'cf'))}.scdn.co", None)),
    (4, lambda d: (f"{d.pick(POPS)}{d.below(20)}-spclient.spotify.com", None)),
    (4, lambda d: (f"doc-{d.base36(2)}-{d.base36(2)}-docs.googleusercontent.com", None)),
    (5, lambda d: (f"{d.word()}{d.word()}{d.below(100)}.tumblr.com", None)),
    (5, lambda d: (f"{d.word()}{d.word()}.wordpress.com", None)),
    (5, lambda d: (f"{d.word()}{d.word()}.blogspot.com", ("cname", "blogspot.l."
                                                          "googleusercontent.com"))),
    (4, lambda d: (f"{d.word()}.fandom.com", None)),
    (3, lambda d: (f"{d.word()}.substack.com", None)),
    (4, lambda d: (f"{d.word()}-{d.word()}.myshopify.com", None)),
    (3, lambda d: (f"{d.word()}{d.word()}.github.io", None)),
    (3, lambda d: (f"{d.word()}-{d.word()}-{d.base36(9)}.vercel.app", None)),
    (3, lambda d: (f"deploy-preview-{d.below(900)}--{d.word()}-{d.word()}.netlify.app", None)),
    (2, lambda d: (f"u{d.below(4000) * 9973 + 100000}.ct.sendgrid.net", None)),
    (2, lambda d: (f"{d.base32(8)}.r.{d.pick(REGIONS)}.awstrack.me", None)),
    (2, lambda d: (f"r20.rs{d.below(9)}.net", None)),
    (2, lambda d: (f"{d.word()}.us{d.below(21) + 1}.list-manage.com", None)),
    (3, lambda d: (f"{d.word()}{d.word()}-my.sharepoint.com",
                   ("cname", f"{d.below(9000) + 1000}-ipv4v6.farm.dprodmgd105.sharepointonline.com."
                             "akadns.net", f"{d.below(900)}-ipv4v6e.clump.dprodmgd105.aa-rt."
                             "sharepoint.com"))),
]

def one_of(text, alias=None):
    names = text.split()
    return lambda d: (d.pick(names), alias and alias(d))


def apple(d):
    return "cname", f"{d.word()}.v.aaplimg.com"


def push(d):
    number = d.below(50) + 1
    return (f"{number}-courier.push.apple.com",
            ("cname", f"{number}.courier-push-apple.com.akadns.net"))


def icloud(d):
    service = d.pick(("caldav", "contacts", "fmf", "keyvalueservice"))
    return f"p{d.below(6) * 23 + 7}-{service}.icloud.com", ("cname", service + ".fe.apple-dns.net")


def workspace(d):
    number = d.below(30) * 0x1fedcba + 0x10000000
    return f"{number:08x}-4a7c-4b11-9c01-77d1c0ffee00.ods.opinsights.azure.com", None


# What desktops and phones ask by themselves, again and again.
BACKGROUND = [
    (30, one_of("""outlook.office365.com teams.microsoft.com login.microsoftonline.com
        graph.microsoft.com substrate.office.com ecs.office.com config.teams.microsoft.com
        self.events.data.microsoft.com v10.events.data.microsoft.com arc.msn.com
        mobile.events.data.microsoft.com settings-win.data.microsoft.com assets.msn.com
        ctldl.windowsupdate.com fe3cr.delivery.mp.microsoft.com wdcp.microsoft.com
        smartscreen.microsoft.com nav.smartscreen.microsoft.com www.msftconnecttest.com
        dns.msftncsi.com time.windows.com client.wns.windows.com onedrive.live.com g.live.com
        odc.officeapps.live.com""")),
    (24, one_of("""mtalk.google.com clients4.google.com clients2.google.com dns.google
        update.googleapis.com safebrowsing.googleapis.com android.clients.google.com
        connectivitycheck.gstatic.com www.googleapis.com firebaselogging-pa.googleapis.com
        app-measurement.com firebaseinstallations.googleapis.com settings.crashlytics.com
        crashlyticsreports-pa.googleapis.com optimizationguide-pa.googleapis.com time.android.com
        content-autofill.googleapis.com mail.google.com chat.google.com meet.google.com
        beacons.gcp.gvt2.com beacons.gvt2.com e2c1.gcp.gvt2.com redirector.gvt1.com""")),
    (20, one_of("""gateway.icloud.com captive.apple.com gsp-ssl.ls.apple.com gdmf.apple.com
        configuration.apple.com init.push.apple.com bag.itunes.apple.com api.apple-cloudkit.com
        xp.apple.com mesu.apple.com swscan.apple.com time.apple.com mask.icloud.com
        ocsp2.apple.com valid.apple.com weather-data.apple.com""", apple)),
    (8, push), (6, icloud), (2, workspace),
    (6, lambda d: (f"gsp{d.pick((10, 35, 57, 64, 85))}-ssl.ls.apple.com", None)),
    (10, one_of("""slack.com wss-primary.slack.com edgeapi.slack.com web.whatsapp.com
        g.whatsapp.net mmg.whatsapp.net zoom.us us05web.zoom.us discord.com gateway.discord.gg
        chat.signal.org ud-chat.signal.org api.telegram.org app.asana.com api.dropboxapi.com
        client.dropbox.com bolt.dropbox.com d.dropbox.com www.notion.so api.spotify.com
        dealer.spotify.com apresolve.spotify.com edge-web.dual-gslb.spotify.com""")),
    (5, lambda d: (f"zoom{d.pick(AIRPORTS)}{d.below(60) + 1}mmr.zoom.us", None)),
    (5, lambda d: (f"{d.pick(AIRPORTS)}{d.below(20)}.discord.media", None)),
    (8, one_of("""detectportal.firefox.com push.services.mozilla.com aus5.mozilla.org
        firefox.settings.services.mozilla.com incoming.telemetry.mozilla.org
        content-signature-2.cdn.mozilla.net shavar.services.mozilla.com
        mozilla.cloudflare-dns.com connectivity-check.ubuntu.com nmcheck.gnome.org
        ping.archlinux.org network-test.debian.org""")),
    (5, one_of("""ocsp.digicert.com ocsp.pki.goog r3.o.lencr.org e1.o.lencr.org ocsp.sectigo.com
        ocsp.globalsign.com crl3.digicert.com ocsp.rootca1.amazontrust.com ocsp.entrust.net
        ocsp.godaddy.com crl.microsoft.com status.geotrust.com""")),
    (3, lambda d: (d.pick(("update.gone-vendor.com", "cfg.old-printer.net")), "nx")),
    (4, lambda d: (f"{d.below(16777215):08x}-dnsotls-ds.metric.gstatic.com", None)),  # ONCE
    (2, lambda d: (f"{d.letters(10)}-ccd-testing-v4.metric.gstatic.com", None)),  # ONCE
]
