using Latchkey.Tests.CommandLine;

namespace Latchkey.Tests.Configuration;

/// <summary>Each wrong configuration, through the program's entry point: exactly one line, exit code 2. In expectations, @ is the folder.</summary>
public sealed class ConfigurationErrorTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    // From a text of the issue's edge.json, to something wrong, to the line.
    public static TheoryData<string, string, string> EdgeErrors { get; } = new()
    {
        // Names.
        { "\"listen\"", "\"lisen\"", "lisen: unknown name (did you mean listen?)" },
        { "\"admin\"", "\"telemetry\"", "telemetry: unknown name (known are listen, admin, keyServers, sites, defaultSite, sessionCache, drainSeconds, limits)" },
        { "\"upstream\"", "\"upstrem\"", "sites[0].upstrem: unknown name (did you mean upstream?)" },
        { "\"ca\"", "\"caa\"", "keyServers.home.caa: unknown name (did you mean ca?)" },
        { "\"admin\":", "\"listen\": [], \"admin\":", "listen: stands there twice (expected each name once, upper and lower case being the same)" },
        { "\"home\":", "\"ho:me\":", "keyServers.ho:me: expected a name without ':' that is not empty" },
        // Syntax.
        { "\"admin\": \"127.0.0.1:9443\",", "\"admin\" \"127.0.0.1:9443\",", "line 3, column 11: not JSON: '\"' is invalid after a property name. Expected a ':'" },
        // Addresses.
        { "[\"127.0.0.1:8443\"]", "[]", "listen: missing (expected an array of addresses, as in [\"127.0.0.1:8443\"])" },
        { "[\"127.0.0.1:8443\"]", "\"127.0.0.1:8443\"", "listen: expected an array of addresses, as in [\"127.0.0.1:8443\"]" },
        { "127.0.0.1:8443", "127.0.0.1:84430", "listen[0]: expected address:port, as in 127.0.0.1:8443, [::1]:8443 or *:443, found \"127.0.0.1:84430\"" },
        { "127.0.0.1:8443", "example.test:8443", "listen[0]: expected address:port, as in 127.0.0.1:8443, [::1]:8443 or *:443, found \"example.test:8443\"" },
        { "127.0.0.1:8443", "::1:8443", "listen[0]: expected address:port, as in 127.0.0.1:8443, [::1]:8443 or *:443, found \"::1:8443\"" },
        { "[\"127.0.0.1:8443\"]", "[\"127.0.0.1:8443\", \"127.0.0.1:8443\"]", "listen[1]: 127.0.0.1:8443 stands there twice" },
        { "127.0.0.1:9443", "127.0.0.1:8443", "admin: 127.0.0.1:8443 is in listen too (expected a port of its own)" },
        // Key servers.
        { "[\"127.0.0.1:2407\"]", "[\"127.0.0.1\"]", "keyServers.home.endpoints[0]: expected host:port, as in 192.0.2.1:2407 or keys.example.com:2407, found \"127.0.0.1\"" },
        { "[\"127.0.0.1:2407\"]", "[]", "keyServers.home.endpoints: missing (expected an array of host:port, as in [\"127.0.0.1:2407\"])" },
        { "\"edge.pem\"", "\"no.pem\"", "keyServers.home.certificate: file not found: @/no.pem (expected a PEM certificate chain)" },
        { "\"edge.key\"", "\"other.key\"", "keyServers.home.key: @/other.key does not match @/edge.pem (expected the private key of that certificate)" },
        { "\"edge.key\"", "\"edge.pem\"", "keyServers.home.key: no usable private key in @/edge.pem: There is no private key here: PEM with PRIVATE KEY, ENCRYPTED PRIVATE KEY, EC PRIVATE KEY or RSA PRIVATE KEY, or DER of these, was expected (expected an unencrypted private key)" },
        { "\"ca.pem\"", "\"edge.key\"", "keyServers.home.ca: no certificate in @/edge.key (expected PEM certificates of the authorities to trust)" },
        { ", \"ca\": \"ca.pem\"", "", "keyServers.home.ca: missing (expected PEM certificates of the authorities to trust)" },
        // Sites.
        { "[\"example.test\", \"*.example.test\"]", "[]", "sites[0].names: missing (expected an array of host names, as in [\"example.test\", \"*.example.test\"])" },
        { "\"*.example.test\"", "\"exa mple\"", "sites[0].names[1]: expected a host name, as in example.test or *.example.test, found \"exa mple\"" },
        { "\"*.example.test\"", "\"Example.Test\"", "sites[0].names[1]: example.test is served by sites[0] already (expected each name once)" },
        { "\"certificate\": \"site.pem\",", "\"certificate\": \"site.pem\", \"addresses\": [\"example.test\"],", "sites[0].addresses[0]: expected an IP address, as in 192.0.2.7 or 2001:db8::7, found \"example.test\"" },
        { "\"certificate\": \"site.pem\",", "\"certificate\": \"site.pem\", \"addresses\": [\"192.0.2.7\", \"::ffff:192.0.2.7\"],", "sites[0].addresses[1]: 192.0.2.7 belongs to sites[0] already (expected each address once)" },
        { "\"site.pem\"", "\"site.der\"", "sites[0].certificate: file not found: @/site.der (expected a PEM certificate chain)" },
        { "\"certificate\": \"site.pem\",", "", "sites[0].certificate: missing (expected a PEM certificate chain)" },
        { "\"keyServer\": \"home\"", "\"keyServer\": \"away\"", "sites[0].keyServer: unknown \"away\" (expected a name of keyServers: home)" },
        { "\"keyServer\": \"home\",", "", "sites[0]: has neither key nor keyServer (expected exactly one of them)" },
        { "\"keyServer\": \"home\"", "\"keyServer\": \"home\", \"key\": \"keys/site.key\"", "sites[0].key: stands beside keyServer (expected exactly one of key and keyServer)" },
        { "\"keyServer\": \"home\"", "\"key\": \"keys/rsa.key\"", "sites[0].key: @/keys/rsa.key does not match @/site.pem (expected the private key of that certificate)" },
        { "\"keyServer\": \"home\"", "\"key\": \"keys/site.key\"", "sites[0].custody: stands beside key (expected custody only where keyServer has the key)" },
        { "\"custody\": \"signature\"", "\"custody\": \"signatures\"", "sites[0].custody: unknown \"signatures\" (expected one of signature, premaster, exchange, master-secret, session-keys, handshake, fetched-key)" },
        { "\"custody\": \"signature\"", "\"custody\": \"signature\", \"handOverPrivateValue\": true", "sites[0].handOverPrivateValue: means nothing with custody signature (expected only with custody exchange)" },
        { "\"custody\": \"signature\"", "\"resumption\": { \"maxEarlyData\": 65537 }", "sites[0].resumption.maxEarlyData: expected a whole number from 0 to 65536, found \"65537\"" },
        { "\"custody\": \"signature\"", "\"custody\": \"session-keys\", \"resumption\": { \"maxEarlyData\": 1 }", "sites[0].resumption.maxEarlyData: does not go with custody session-keys (expected one that leaves the secret at the edge: whether early data is accepted is settled before the key server is asked)" },
        { "\"custody\": \"signature\"", "\"custody\": \"session-keys\", \"delegatedCredentials\": true", "sites[0].delegatedCredentials: does not go with custody session-keys: with a delegated credential the edge has everything of a handshake but the certificate's key (expected custody signature)" },
        { "\"custody\": \"signature\"", "\"maxVersion\": \"1.2\", \"delegatedCredentials\": true", "sites[0].delegatedCredentials: stands beside maxVersion 1.2, and only TLS 1.3 has delegated credentials (expected maxVersion 1.3)" },
        { "\"custody\": \"signature\"", "\"delegatedCredentials\": { \"lifetimeSeconds\": 604801 }", "sites[0].delegatedCredentials.lifetimeSeconds: expected a whole number from 2 to 604800, found \"604801\"" },
        { "\"custody\": \"signature\"", "\"delegatedCredentials\": { \"scheme\": \"rsa_pss_rsae_sha256\" }", "sites[0].delegatedCredentials.scheme: unknown \"rsa_pss_rsae_sha256\" (expected one of ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384)" },
        { "\"custody\": \"signature\"", "\"delegatedCredentials\": { \"lifetime\": 60 }", "sites[0].delegatedCredentials.lifetime: unknown name (known are lifetimeSeconds, scheme)" },
        { "\"custody\": \"signature\"", "\"custody\": \"session-keys\", \"finished\": \"edge\"", "sites[0].finished: does not go with custody session-keys (expected finished only with custody handshake)" },
        { "\"custody\": \"signature\"", "\"custody\": \"handshake\", \"finished\": \"client\"", "sites[0].finished: unknown \"client\" (expected one of key-server, edge)" },
        { "\"custody\": \"signature\"", "\"custody\": \"handshake\", \"resumption\": { \"sessionIds\": \"edge\" }", "sites[0].resumption.sessionIds: \"edge\" does not go with custody handshake (expected one of key-server, off)" },
        { "\"custody\": \"signature\"", "\"profile\": \"modern\"", "sites[0].profile: unknown \"modern\" (expected one of default, compatible, legacy)" },
        { "\"custody\": \"signature\"", "\"minVersion\": \"1.1\"", "sites[0].minVersion: unknown \"1.1\" (expected one of 1.2, 1.3)" },
        { "\"custody\": \"signature\"", "\"minVersion\": \"1.3\", \"maxVersion\": \"1.2\"", "sites[0].minVersion: is above maxVersion (expected 1.2 or 1.3, not above it)" },
        { "\"http://127.0.0.1:8080\"", "\"tcp://127.0.0.1:1\", \"cache\": true", "sites[0].cache: stands beside an upstream that is not http:// or https:// (files are read where they lie, and of bytes nobody knows what may be kept)" },
        { "\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080\", \"cache\": \"yes\"", "sites[0].cache: expected true or false, found \"yes\"" },
        { "\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080\", \"cache\": { \"sizeMegabytes\": 1, \"maxBodyKilobytes\": 513 }", "sites[0].cache.maxBodyKilobytes: is more than half of sizeMegabytes (expected at most 512)" },
        { "\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080\", \"maxAgeSeconds\": 60", "sites[0].maxAgeSeconds: stands beside an upstream that is not file: (expected it with file: only, others say themselves what may be kept)" },
        { "\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080\", \"keyParts\": [\"tpm2:handle=0x81000001\"]", "sites[0].keyParts[0]: tpm2:handle=0x81000001: no place for a part of a key (expected a file, file:/path.part, pkcs11:…;type=data or tpm2:sealed=/path)" },
        { "\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080\", \"keyParts\": [\"awskms:key\"]", "sites[0].keyParts[0]: awskms:key: no place for a part of a key (expected a file, file:/path.part, pkcs11:…;type=data or tpm2:sealed=/path)" },
        { "\"http://127.0.0.1:8080\"", "\"http://127.0.0.1:8080\", \"upstreamKeyServer\": \"home\"", "sites[0].upstreamKeyServer: stands beside upstreamCa or an upstream that is not https (expected it with https:// only; the authorities are the link's)" },
        { "\"http://127.0.0.1:8080\"", "\"https://127.0.0.1:8080\", \"upstreamKeyServer\": \"away\"", "sites[0].upstreamKeyServer: unknown \"away\" (expected a name of keyServers: home)" },
        { "http://127.0.0.1:8080", "ftp://127.0.0.1", "sites[0].upstream: expected http://host:port, https://host:port, tcp://host:port or file:folder, found \"ftp://127.0.0.1\"" },
        { "http://127.0.0.1:8080", "tcp://127.0.0.1", "sites[0].upstream: expected http://host:port, https://host:port, tcp://host:port or file:folder, found \"tcp://127.0.0.1\"" },
        { "http://127.0.0.1:8080", "file:nowhere", "sites[0].upstream: folder not found: @/nowhere (expected file:folder, a folder to serve)" },
        { "\"upstream\":", "\"upstreamCa\": \"ca.pem\", \"upstream\":", "sites[0].upstreamCa: stands beside an upstream that is not https (expected it with https:// only)" },
        // Resumption.
        { "\"upstream\":", "\"resumption\": true, \"upstream\":", "sites[0].resumption: found true (expected false, or an object with tickets, sessionIds, lifetimeSeconds, tls13Tickets, singleUse, maxEarlyData)" },
        { "\"upstream\":", "\"resumption\": \"off\", \"upstream\":", "sites[0].resumption: expected true or false, found \"off\"" },
        { "\"upstream\":", "\"resumption\": { \"ticket\": \"edge\" }, \"upstream\":", "sites[0].resumption.ticket: unknown name (did you mean tickets?)" },
        { "\"upstream\":", "\"resumption\": { \"tickets\": \"state\" }, \"upstream\":", "sites[0].resumption.tickets: \"state\" does not go with custody signature (expected one of edge, key-server, ticket-key, off)" },
        { "\"upstream\":", "\"resumption\": { \"sessionIds\": \"key-server\" }, \"upstream\":", "sites[0].resumption.sessionIds: \"key-server\" does not go with custody signature (expected one of edge, shared, off)" },
        { "\"upstream\":", "\"resumption\": { \"sessionIds\": \"shared\" }, \"upstream\":", "sites[0].resumption.sessionIds: shared needs a cache (expected sessionCache at the top of the file)" },
        { "\"upstream\":", "\"resumption\": { \"lifetimeSeconds\": 604801 }, \"upstream\":", "sites[0].resumption.lifetimeSeconds: expected seconds from 1 to 604800, found \"604801\"" },
        { "\"custody\": \"signature\"", "\"custody\": \"session-keys\", \"resumption\": { \"tickets\": \"edge\" }", "sites[0].resumption.tickets: \"edge\" does not go with custody session-keys (expected one of key-server, off)" },
        { "\"admin\":", "\"sessionCache\": { \"redis\": \"127.0.0.1:6379\", \"secretFile\": \"none\" }, \"admin\":", "sessionCache.secretFile: file not found: @/none (expected a file of at least 32 random bytes, the same at all edges that share the cache)" },
        { "\"admin\":", "\"sessionCache\": { \"redis\": \"127.0.0.1\" }, \"admin\":", "sessionCache.redis: expected host:port, as in 192.0.2.1:2407 or keys.example.com:2407, found \"127.0.0.1\"" },
        // Suites.
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_RSA_WITH_RC4_128_SHA\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_RSA_WITH_RC4_128_SHA is never served: RC4 is prohibited by RFC 7465" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_RSA_WITH_3DES_EDE_CBC_SHA\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_RSA_WITH_3DES_EDE_CBC_SHA is never served: 3DES is below 128 bits and its 64-bit blocks repeat, ruled out by RFC 9325 §4.1 (as by RFC 8429 in Kerberos)" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_DHE_RSA_WITH_DES_CBC_SHA\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_DHE_RSA_WITH_DES_CBC_SHA is never served: DES has 56 bits, prohibited by RFC 9325 §4.1 and RFC 5469" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_RSA_WITH_NULL_SHA256\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_RSA_WITH_NULL_SHA256 is never served: it encrypts nothing, prohibited by RFC 9325 §4.1" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_RSA_EXPORT_WITH_RC4_40_MD5\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_RSA_EXPORT_WITH_RC4_40_MD5 is never served: export suites have keys of 40 or 56 bits, prohibited by RFC 9325 §4.1" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_DH_anon_WITH_AES_128_GCM_SHA256\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_DH_anon_WITH_AES_128_GCM_SHA256 is never served: nobody authenticates the server, prohibited by RFC 5246 appendix A.5" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_AES_128_GCM_SHA265\"], \"upstream\":", "sites[0].cipherSuites[0]: unknown suite \"TLS_AES_128_GCM_SHA265\" (did you mean TLS_AES_128_GCM_SHA256?)" },
        { "\"upstream\":", "\"cipherSuites\": [\"ECDHE-RSA-AES128-SHA\"], \"upstream\":", "sites[0].cipherSuites[0]: unknown suite \"ECDHE-RSA-AES128-SHA\" (expected an IANA name, as in TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 is in profile compatible, the site has default (expected a suite of its profile)" },
        { "\"upstream\":", "\"profile\": \"compatible\", \"cipherSuites\": [\"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\"], \"upstream\":", "sites[0].cipherSuites[0]: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is in profile legacy, the site has compatible (expected a suite of its profile)" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_AES_128_GCM_SHA256\", \"TLS_AES_128_GCM_SHA256\"], \"upstream\":", "sites[0].cipherSuites[1]: stands there twice" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_AES_128_GCM_SHA256\"], \"upstream\":", "sites[0].cipherSuites: has no suite of TLS 1.2, which the site serves (expected one, or another minVersion)" },
        { "\"upstream\":", "\"cipherSuites\": [\"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"], \"upstream\":", "sites[0].cipherSuites: has no suite of TLS 1.3, which the site serves (expected one, or another maxVersion)" },
        { "\"upstream\":", "\"cipherSuites\": \"TLS_AES_128_GCM_SHA256\", \"upstream\":", "sites[0].cipherSuites: expected an array of IANA names, as in [\"TLS_AES_128_GCM_SHA256\", \"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"]" },
        { "\"upstream\":", "\"dhGroup\": \"modp1024\", \"upstream\":", "sites[0].dhGroup: unknown \"modp1024\" (expected one of ffdhe2048, ffdhe3072, ffdhe4096, ffdhe6144, ffdhe8192, modp3072, modp4096)" },
        // Clients.
        { "\"upstream\":", "\"clientCertificates\": { \"mode\": \"require\" }, \"upstream\":", "sites[0].clientCertificates.ca: missing (expected PEM certificates of the authorities to trust)" },
        { "\"upstream\":", "\"clientCertificates\": { \"mode\": \"demand\", \"ca\": \"ca.pem\" }, \"upstream\":", "sites[0].clientCertificates.mode: unknown \"demand\" (expected one of require, request)" },
        { "\"upstream\":", "\"clientCertificates\": { \"ca\": \"site.pem\" }, \"upstream\":", "sites[0].clientCertificates.ca: no certificate in it is self-signed (expected the root to which clients' certificates chain)" },
        { "\"upstream\":", "\"clientCertificates\": { \"ca\": \"ca.pem\", \"header\": \"X-Client\" }, \"upstream\":", "sites[0].clientCertificates.header: unknown \"X-Client\" (expected one of certificate, chain, none)" },
        { "\"upstream\": \"http://127.0.0.1:8080\"", "\"clientCertificates\": { \"ca\": \"ca.pem\", \"header\": \"chain\" }, \"upstream\": \"tcp://127.0.0.1:25\"", "sites[0].clientCertificates.header: stands beside an upstream that is not HTTP (expected it with http:// and https:// only)" },
        { "\"upstream\":", "\"clientCertificates\": { \"ca\": \"ca.pem\", \"revocation\": [\"no.crl\"] }, \"upstream\":", "sites[0].clientCertificates.revocation[0]: file not found: @/no.crl (expected a revocation list, PEM or DER)" },
        { "\"upstream\":", "\"clientCertificates\": { \"ca\": \"ca.pem\", \"revocation\": [\"site.pem\"] }, \"upstream\":", "sites[0].clientCertificates.revocation: There is no PEM block X509 CRL (expected an array of files with revocation lists of the authorities in ca, PEM or DER)" },
        { "\"upstream\":", "\"preSharedKeys\": true, \"clientCertificates\": { \"ca\": \"ca.pem\" }, \"upstream\":", "sites[0].preSharedKeys: stands beside required client certificates, which clients with such a key do not show (expected \"mode\": \"request\" there)" },
        { "\"upstream\":", "\"identityHint\": \"home\", \"upstream\":", "sites[0].identityHint: stands without preSharedKeys (expected \"preSharedKeys\": true beside it)" },
        // The link.
        { "\"key\": \"edge.key\"", "\"key\": \"edge.key\", \"accept\": { \"listen\": \"127.0.0.1:2408\" }", "keyServers.home.accept.names: missing (expected an array of names in the key servers' certificates, as in [\"keys.example.com\"])" },
        { "\"key\": \"edge.key\"", "\"key\": \"edge.key\", \"connection\": \"on-demand\", \"accept\": { \"listen\": \"127.0.0.1:2408\", \"names\": [\"ks.test\"] }", "keyServers.home.connection: on-demand stands beside accept: a key server that connects cannot be asked to (expected persistent)" },
        { "\"key\": \"edge.key\"", "\"key\": \"edge.key\", \"idleSeconds\": 5", "keyServers.home.idleSeconds: stands without \"connection\": \"on-demand\" (expected both)" },
        { "\"key\": \"edge.key\"", "\"key\": \"edge.key\", \"revocation\": [\"none.crl\"]", "keyServers.home.revocation[0]: file not found: @/none.crl (expected a revocation list, PEM or DER)" },
        // The rest.
        { "\"admin\"", "\"defaultSite\": \"example.org\", \"admin\"", "defaultSite: no site has the name \"example.org\" (expected one of example.test, *.example.test)" },
        { "\"admin\"", "\"drainSeconds\": \"soon\", \"admin\"", "drainSeconds: expected seconds from 0 to 3600, found \"soon\"" },
        { "\"admin\"", "\"limits\": { \"maxConcurrentHandshakes\": 0 }, \"admin\"", "limits.maxConcurrentHandshakes: expected a whole number from 1 to 1048576, found \"0\"" },
    };

    public static TheoryData<string, string, string> KeyServerErrors { get; } = new()
    {
        { "\"clientCa\"", "\"clientCA2\"", "clientCA2: unknown name (did you mean clientCa?)" },
        { "\"127.0.0.1:2407\"", "[\"127.0.0.1:2407\"]", "listen: expected address:port, as in 127.0.0.1:8443, [::1]:8443 or *:443" },
        { "\"ks.key\"", "\"other.key\"", "key: @/other.key does not match @/ks.pem (expected the private key of that certificate)" },
        { "\"ca.pem\"", "\"none.pem\"", "clientCa: file not found: @/none.pem (expected PEM certificates of the authorities to trust)" },
        { "\"path\": \"keys\"", "\"path\": \"nokeys\"", "keys[0].path: file not found: @/nokeys (expected a key file, or a folder with *.key and *.pem)" },
        { "[ { \"path\": \"keys\", \"rawOperations\": false } ]", "[]", "keys: missing (expected an array of { \"path\": file or folder, \"rawOperations\": false } or { \"uri\": \"pkcs11:…\", \"certificates\": file or folder } or { \"certificates\": file or folder } for ticket keys alone)" },
        { "\"path\": \"keys\"", "\"path\": \"keys\", \"uri\": \"file:/x\"", "keys[0].uri: stands beside path (expected one of the two)" },
        { "\"path\": \"keys\"", "\"uri\": \"site.key\"", "keys[0].uri: not a URI: site.key (expected where a key is, as in pkcs11:token=site;object=tls)" },
        { "\"path\": \"keys\"", "\"uri\": \"file:/x\", \"certificates\": \"no.pem\"", "keys[0].certificates: file not found: @/no.pem (expected a file of certificates, or a folder with *.pem and *.crt)" },
        { "\"path\": \"keys\"", "\"path\": \"keys\", \"certificates\": \"ks.pem\"", "keys[0].certificates: stands beside path (expected only beside uri: certificates in the key's own folder are found)" },
        { "\"path\": \"keys\", \"rawOperations\": false", "\"certificates\": \"ks.pem\", \"fetchKey\": true", "keys[0].fetchKey: stands beside certificates alone (expected a path or a uri: it needs a private key)" },
        { "\"path\": \"keys\"", "\"uri\": \"file:/x\", \"passphraseFile\": \"ks.pem\"", "keys[0].passphraseFile: stands beside uri (expected in it: file:/site.key?passphrase-source=/site.pass)" },
        { "\"keys\":", "\"addresses\": [ { \"address\": \"192.0.2.7\" } ], \"keys\":", "addresses[0].name: missing (expected a host name in a certificate of one of the keys)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"delegatedCredentialSeconds\": 60 } ]", "keys[0].rules[0].delegatedCredentialSeconds: does not go with these operations (expected \"delegated-credential\" among them)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"operations\": [\"delegated-credential\"], \"delegatedCredentialSeconds\": 604801 } ]", "keys[0].rules[0].delegatedCredentialSeconds: expected a whole number from 1 to 604800, found \"604801\"" },
        { "\"rawOperations\": false", "\"rules\": [ {} ], \"allowedEdges\": [\"edge\"]", "keys[0].allowedEdges: does not go with rules, which say that too (expected \"edges\" in each rule)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"edges\": [] } ]", "keys[0].rules[0].edges: empty (expected an array of names in the edges' certificates, as in [\"edge.example.com\"], or their sha256: or spki: fingerprints)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"names\": [\"a.test\", \"b test\"] } ]", "keys[0].rules[0].names[1]: expected a host name, as in example.test or *.example.test, or *, found \"b test\"" },
        { "\"rawOperations\": false", "\"rules\": [ { \"operations\": [\"sign-tls14\"] } ]", "keys[0].rules[0].operations[0]: unknown word \"sign-tls14\" (did you mean sign-tls13?)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"custody\": \"most\" } ]", "keys[0].rules[0].custody: unknown word \"most\" (expected one of handshake, session-keys, master-secret, exchange, signature, premaster, fetched-key)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"schemes\": [\"rsa_pss_sha256\"] } ]", "keys[0].rules[0].schemes[0]: unknown word \"rsa_pss_sha256\" (expected one of rsa_pss_rsae_sha256, rsa_pss_rsae_sha384, rsa_pss_rsae_sha512, ecdsa_secp256r1_sha256, ecdsa_secp384r1_sha384, ed25519, rsa_pkcs1_sha256, rsa_pkcs1_sha384, rsa_pkcs1_sha512, rsa_pkcs1_sha1, dsa_sha256)" },
        { "\"rawOperations\": false", "\"rules\": [ { \"edge\": [\"a\"] } ]", "keys[0].rules[0].edge: unknown name (did you mean edges?)" },
        { "\"keys\":", "\"allowAddresses\": [\"10.0.0.1/8\"], \"keys\":", "allowAddresses[0]: \"10.0.0.1/8\" has bits outside its range, or a length that its family does not have (expected an address or a range, as in 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32)" },
        { "\"keys\":", "\"denyAddresses\": [\"edge.test\"], \"keys\":", "denyAddresses[0]: expected an address or a range, as in 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32, found \"edge.test\"" },
        { "\"keys\":", "\"revocation\": [\"ks.pem\"], \"keys\":", "revocation[0]: There is no PEM block X509 CRL (expected a revocation list of one of the authorities, PEM or DER)" },
        { "\"keys\":", "\"dial\": [ { \"edge\": \"edge.test\" } ], \"keys\":", "dial[0].edge: expected host:port, as in 192.0.2.1:2407 or keys.example.com:2407, found \"edge.test\"" },
        { "\"keys\":", "\"bindInterface\": \"a name that is too long\", \"keys\":", "bindInterface: expected the name of a network interface, as in wg0, found \"a name that is too long\"" },
        { "\"rawOperations\": false", "\"partsFrom\": [\"other\"]", "keys[0].partsFrom[0]: unknown \"other\" (expected a name of keyServers: there are none)" },
        { "false", "\"perhaps\"", "keys[0].rawOperations: expected true or false, found \"perhaps\"" },
        { "\"rawOperations\"", "\"passphraseFile\": \"pass\", \"rawOperations\"", "keys[0].passphraseFile: file not found: @/pass (expected a file whose first line is the passphrase)" },
    };

    [Theory]
    [MemberData(nameof(EdgeErrors))]
    public Task A_wrong_edge_configuration_is_one_line(string old, string changed, string line) =>
        AssertRefusedAsync("edge", folder.WriteChanged("wrong-edge.json", ConfigurationFolder.Edge, old, changed), line);

    [Theory]
    [MemberData(nameof(KeyServerErrors))]
    public Task A_wrong_key_server_configuration_is_one_line(string old, string changed, string line) =>
        AssertRefusedAsync("keyserver", folder.WriteChanged("wrong-keyserver.json", ConfigurationFolder.KeyServer, old, changed), line);

    [Theory]
    [InlineData("", "line 1, column 1: not JSON: The input does not contain any JSON tokens. Expected the input to start with a valid JSON token, when isFinalBlock is true")]
    [InlineData("[1]", "expected a JSON object { … }, found an array")]
    [InlineData("{", "line 1, column 2: not JSON: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed")]
    [InlineData("{}", "listen: missing (expected an array of addresses, as in [\"127.0.0.1:8443\"])")]
    [InlineData("""{ "listen": null }""", "listen: missing (expected an array of addresses, as in [\"127.0.0.1:8443\"])")]
    public Task What_is_no_configuration_at_all_is_one_line(string text, string line) => AssertRefusedAsync("edge", folder.Write("none.json", text), line);

    [Fact]
    public Task A_missing_file_is_one_line() =>
        AssertRefusedAsync("edge", folder.File("missing.json"), "file not found (expected a JSON configuration; --config names another)");

    [Fact]
    public async Task Two_sites_with_one_name_are_one_line()
    {
        var site = ConfigurationFolder.Edge[(ConfigurationFolder.Edge.IndexOf("\"sites\": [", StringComparison.Ordinal) + 10)..ConfigurationFolder.Edge.LastIndexOf(']')];
        var file = folder.WriteChanged("twice.json", ConfigurationFolder.Edge, site, $"{site}, {site}");

        await AssertRefusedAsync("edge", file, "sites[1].names[0]: example.test is served by sites[0] already (expected each name once)");
    }

    [Fact]
    [Trait("Catalogue", "R1")]
    public async Task Shared_sessions_without_a_key_that_all_edges_have_are_one_line()
    {
        var cached = folder.WriteChanged("shared.json", ConfigurationFolder.Edge, "\"admin\":", "\"sessionCache\": { \"redis\": \"127.0.0.1:6379\" }, \"admin\":");
        var file = folder.WriteChanged("shared.json", await File.ReadAllTextAsync(cached, TestContext.Current.CancellationToken), "\"upstream\":", "\"resumption\": { \"sessionIds\": \"shared\" }, \"upstream\":");

        await AssertRefusedAsync("edge", file, "sites[0].resumption.sessionIds: shared needs keys that all edges have (expected \"tickets\": \"ticket-key\" beside it, or sessionCache.secretFile)");
    }

    [Fact]
    public async Task An_error_on_the_command_line_names_the_option()
    {
        var refused = await Invocation.RunAsync("edge", "--config", folder.File("edge.json"), "--set", "sites:0:custody=none");

        Assert.Equal((2, "latchkey: --set sites:0:custody: sites[0].custody: unknown \"none\" (expected one of signature, premaster, exchange, master-secret, session-keys, handshake, fetched-key)\n"), (refused.ExitCode, refused.Error));
    }

    private async Task AssertRefusedAsync(string role, string file, string line)
    {
        var refused = await Invocation.RunAsync(role, "--config", file);

        Assert.Equal($"latchkey: {file}: {line.Replace("@", folder.Path, StringComparison.Ordinal)}\n", refused.Error);
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
    }
}
