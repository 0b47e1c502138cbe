using Latchkey.Crypto;
using Latchkey.Tls.Tests.Records;
using Latchkey.Tls.Tls13;

namespace Latchkey.Tls.Tests.Tls13;

/// <summary>RFC 8446 §7.1 against the trace of RFC 8448 §3.</summary>
public sealed class KeyScheduleTests
{
    private readonly Rfc8448 _trace = Rfc8448.SimpleHandshake();

    [Fact]
    public void Handshake_traffic_secrets_are_those_of_the_trace()
    {
        using var secrets = Agree();
        Assert.Equal(_trace["{server}  derive secret \"tls13 c hs traffic\"", "expanded"], secrets.ClientTraffic.Span.ToArray());
        Assert.Equal(_trace["{server}  derive secret \"tls13 s hs traffic\"", "expanded"], secrets.ServerTraffic.Span.ToArray());
    }

    [Fact]
    public void Application_traffic_secrets_are_those_of_the_trace()
    {
        using var application = Agree().Advance(_trace["{server}  derive secret \"tls13 c ap traffic\"", "hash"]);
        Assert.Equal(_trace["{server}  derive secret \"tls13 c ap traffic\"", "expanded"], application.ClientTraffic.Span.ToArray());
        Assert.Equal(_trace["{server}  derive secret \"tls13 s ap traffic\"", "expanded"], application.ServerTraffic.Span.ToArray());
    }

    [Fact]
    public void The_servers_Finished_is_that_of_the_trace()
    {
        using var secrets = Agree();
        using var transcript = Transcript("ClientHello", "ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify");
        Assert.Equal(_trace["{server}  calculate finished", "finished"], secrets.ServerVerifyData(transcript.CurrentHash()));
    }

    [Fact]
    public void The_clients_Finished_is_accepted_and_no_other_is()
    {
        using var transcript = Transcript("ClientHello", "ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished");
        using var application = Agree().Advance(transcript.CurrentHash());
        var verifyData = _trace["{client}  calculate finished \"tls13 finished\":", "finished"];
        Assert.True(application.VerifyClientFinished(transcript.CurrentHash(), verifyData));
        Assert.False(application.VerifyClientFinished(transcript.CurrentHash(), verifyData.AsSpan(1)));
        verifyData[31] ^= 1;
        Assert.False(application.VerifyClientFinished(transcript.CurrentHash(), verifyData));
    }

    [Fact]
    public void A_stage_that_was_left_cannot_be_used_again()
    {
        var secrets = Agree();
        using var application = secrets.Advance(new byte[32]);
        Assert.Throws<ObjectDisposedException>(() => secrets.ServerVerifyData(new byte[32]));
    }

    private HandshakeSecrets Agree()
    {
        using var early = EarlySecrets.WithoutPreSharedKey(CryptoProvider.Default, DigestAlgorithm.Sha256);
        using var shared = SecretBytes.CopyOf(_trace["{server}  extract secret \"handshake\"", "IKM"]);
        using var transcript = Transcript("ClientHello", "ServerHello");
        return early.Agree(shared, transcript.CurrentHash());
    }

    private Transcript Transcript(params string[] messages)
    {
        var transcript = new Transcript(CryptoProvider.Default, DigestAlgorithm.Sha256);
        foreach (var message in messages)
            transcript.Append(_trace[message == "ClientHello" ? "{client}  construct" : $"{{server}}  construct a{(message[0] == 'E' ? "n" : "")} {message}", message]);
        return transcript;
    }
}
