using Latchkey.Crypto;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Tests.Records;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>RFC 8446 §7.1 with a pre-shared key against the trace of RFC 8448 §4, which goes on from that of §3.</summary>
public sealed class ResumedKeyScheduleTests
{
    private static readonly CryptoProvider Crypto = CryptoProvider.Default;
    private readonly Rfc8448 _first = Rfc8448.SimpleHandshake();
    private readonly Rfc8448 _trace = Rfc8448.ResumedHandshake();

    [Fact]
    public void The_resumption_secret_and_the_tickets_key_are_those_of_the_trace()
    {
        using var handshakeSecret = SecretBytes.CopyOf(_first["{server}  extract secret \"handshake\"", "secret"]);
        using var handshake = new HandshakeSecrets(Crypto, DigestAlgorithm.Sha256, handshakeSecret, new byte[32]);
        using var application = handshake.Advance(new byte[32]);
        using var resumption = application.ResumptionSecret(_first["{client}  derive secret \"tls13 res master\"", "hash"]);
        Assert.Equal(_first["{client}  derive secret \"tls13 res master\"", "expanded"], resumption.Span.ToArray());

        var key = ScriptedKey.FromTicket(new HandshakeMessage(_first["{server}  construct a NewSessionTicket", "NewSessionTicket"]), CipherSuite.TLS_AES_128_GCM_SHA256, resumption);
        Assert.Equal(_trace["{client}  extract secret \"early\"", "IKM"], key.Secret);
        Assert.Equal((0xFAD6AAC5u, 30u, 1024u), (key.AgeAdd, key.Lifetime, key.MaxEarlyData));
    }

    [Fact]
    public void A_ticket_encodes_as_in_the_trace()
    {
        var message = _first["{server}  construct a NewSessionTicket", "NewSessionTicket"];
        var ticket = new Custodies.Tls13Ticket(message.AsMemory(17, 178), new byte[2], 0xFAD6AAC5, TimeSpan.FromSeconds(30), 1024);
        Assert.Equal(message, NewSessionTicket13.Encode(ticket).Encoded.ToArray());
    }

    [Fact]
    public void The_binder_is_accepted_and_no_other_is()
    {
        var agreement = Agreement(out var transcript);
        using (transcript)
        {
            agreement.CheckBinder(transcript);
            var changed = Hello();
            changed[^1] ^= 1;
            var wrong = PreSharedTls13Agreement.ForSession(Crypto, Session(), ClientHello.Parse(new HandshakeMessage(changed)).PreSharedKey!, 0);
            Assert.Throws<Alerts.PeerMisbehavedException>(() => wrong.CheckBinder(transcript));
        }
    }

    [Fact]
    public void Early_and_handshake_traffic_secrets_are_those_of_the_trace()
    {
        using var key = SecretBytes.CopyOf(_trace["{client}  extract secret \"early\"", "IKM"]);
        using var early = EarlySecrets.WithPreSharedKey(Crypto, DigestAlgorithm.Sha256, key);
        using var earlyTraffic = early.ClientTraffic(_trace["{client}  derive secret \"tls13 c e traffic\"", "hash"]);
        Assert.Equal(_trace["{client}  derive secret \"tls13 c e traffic\"", "expanded"], earlyTraffic.Span.ToArray());
        using var shared = SecretBytes.CopyOf(_trace["{server}  extract secret \"handshake\"", "IKM"]);
        using var handshake = early.Agree(shared, _trace["{server}  derive secret \"tls13 c hs traffic\"", "hash"]);
        Assert.Equal(_trace["{server}  derive secret \"tls13 c hs traffic\"", "expanded"], handshake.ClientTraffic.Span.ToArray());
        Assert.Equal(_trace["{server}  derive secret \"tls13 s hs traffic\"", "expanded"], handshake.ServerTraffic.Span.ToArray());
    }

    private PreSharedTls13Agreement Agreement(out Transcript transcript)
    {
        var hello = new HandshakeMessage(Hello());
        transcript = new Transcript(Crypto, DigestAlgorithm.Sha256);
        transcript.Append(hello);
        return PreSharedTls13Agreement.ForSession(Crypto, Session(), ClientHello.Parse(hello).PreSharedKey!, 0);
    }

    /// <summary>The whole hello, binders included: what was sent.</summary>
    private byte[] Hello() => _trace["{client}  send handshake record", "payload"];

    private Latchkey.Tls.Sessions.SessionState Session()
    {
        var facts = new Latchkey.Tls.Sessions.SessionFacts
        {
            Version = TlsVersion.Tls13,
            CipherSuite = CipherSuite.TLS_AES_128_GCM_SHA256,
            Site = "server",
            ServerName = "server",
            ApplicationProtocol = null,
            CertificateFingerprint = new byte[32],
            Established = DateTimeOffset.UnixEpoch,
            Issued = DateTimeOffset.UnixEpoch,
            Lifetime = TimeSpan.FromSeconds(30),
        };
        return new Latchkey.Tls.Sessions.SessionState(facts, SecretBytes.CopyOf(_trace["{client}  extract secret \"early\"", "IKM"]));
    }
}
