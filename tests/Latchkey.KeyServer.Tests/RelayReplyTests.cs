using Latchkey.Client;
using Latchkey.Client.Relay;
using Latchkey.Crypto;
using Latchkey.KeyServer.Relay;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Records;
using Latchkey.Tls.Relay;
using Latchkey.Tls.Sessions;

namespace Latchkey.KeyServer.Tests;

/// <summary>Steps of a relayed handshake on their way from key server to edge.</summary>
[Trait("Catalogue", "K7")]
public sealed class RelayReplyTests
{
    private static readonly KeyServerEndPoint From = KeyServerEndPoint.Parse("localhost:2407");

    [Fact]
    public void Every_step_and_outcome_arrives_as_it_was_sent()
    {
        foreach (var outcome in Outcomes())
        {
            using var sent = new RelayReply(Steps(), outcome);
            using var bytes = RelayReplyEncoding.Encode(7, sent);
            var (number, received) = RelayReplyDecoding.Decode(bytes, From);
            using var again = RelayReplyEncoding.Encode(number, received);
            received.Dispose();

            Assert.Equal(bytes.Span.ToArray(), again.Span.ToArray());
        }
    }

    [Fact]
    public void Cut_or_changed_bytes_are_a_failed_key_holder_or_another_reply_and_nothing_else()
    {
        foreach (var outcome in Outcomes())
        {
            using var sent = new RelayReply(Steps(), outcome);
            using var encoded = RelayReplyEncoding.Encode(7, sent);
            var bytes = encoded.Span.ToArray();
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<KeyHolderFailedException>(() => Decode(bytes[..length]));
            Assert.Throws<KeyHolderFailedException>(() => Decode([.. bytes, 0]));
            for (var i = 8; i < bytes.Length; i++)
            {
                for (var bit = 0; bit < 8; bit++)
                {
                    bytes[i] ^= (byte)(1 << bit);
                    TryDecode(bytes);
                    bytes[i] ^= (byte)(1 << bit);
                }
            }
        }
    }

    private static void Decode(byte[] bytes)
    {
        using var secret = SecretBytes.CopyOf(bytes);
        RelayReplyDecoding.Decode(secret, From).Reply.Dispose();
    }

    private static void TryDecode(byte[] bytes)
    {
        try
        {
            Decode(bytes);
        }
        catch (KeyHolderFailedException)
        {
        }
    }

    private static RelayStep[] Steps() =>
    [
        new VersionStep(TlsVersion.Tls12),
        new MessageStep(HandshakeMessage.Encode(HandshakeType.ServerHello, [1, 2, 3])),
        new ChangeCipherSpecStep(),
        new FlushStep(),
        new AwaitChangeCipherSpecStep(),
        new MaxPlaintextSizeStep(512),
        new SkipEarlyDataStep(),
        new ReadKeysStep(Keys().OfClient(CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256, false)),
        new WriteKeysStep(new Tls13TrafficKeys { Suite = CipherSuite.TLS_AES_128_GCM_SHA256, TrafficSecret = SecretBytes.Random(32) }),
    ];

    private static IEnumerable<RelayOutcome> Outcomes()
    {
        var agreement = new RelayedAgreement
        {
            Version = TlsVersion.Tls12,
            CipherSuite = CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
            Group = NamedGroup.X25519,
            SignatureScheme = SignatureScheme.RsaPssRsaeSha256,
            ApplicationProtocol = "h2",
            Resumption = new ResumptionAttempt("key_server_ticket", ResumptionResult.Resumed),
            Resumed = new SessionFacts
            {
                Version = TlsVersion.Tls12,
                CipherSuite = CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256,
                Site = "site.test",
                ServerName = "site.test",
                ApplicationProtocol = "h2",
                CertificateFingerprint = new byte[32],
                Established = DateTimeOffset.UnixEpoch,
                Issued = DateTimeOffset.UnixEpoch,
                Lifetime = TimeSpan.FromHours(1),
            },
        };
        yield return new AwaitsMessage();
        yield return new Agreed(agreement);
        yield return new Failed(AlertDescription.DecryptError, RelayCulprit.Misbehaved, "Wrong.");
        yield return new HandedOver(agreement, new Tls12HandOver(
            agreement.CipherSuite, EncryptThenMac: false, SecretBytes.Random(48), Keys(), ServerFirst: true, HandshakeMessage.Encode(HandshakeType.NewSessionTicket, [0])));
    }

    private static Tls12RecordKeys Keys() => new(
        new SecretBytes(0), new SecretBytes(0), SecretBytes.Random(16), SecretBytes.Random(16), SecretBytes.Random(4), SecretBytes.Random(4));
}
