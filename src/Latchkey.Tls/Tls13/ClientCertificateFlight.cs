using Latchkey.Tls.Clients;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls13;

/// <summary>The client's Certificate and CertificateVerify in TLS 1.3, RFC 8446 §4.4.2 and §4.4.3 (catalogue G1).</summary>
internal static class ClientCertificateFlight
{
    /// <summary>Reads them where the client was asked, into the transcript.</summary>
    /// <returns>The accepted chain; empty: not asked, or none and none needed.</returns>
    /// <exception cref="Alerts.TlsException">With the alert that says why the client is refused.</exception>
    public static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(HandshakeChannel channel, HandshakeStart start, Transcript transcript, CancellationToken cancellationToken)
    {
        if (start.Site.ClientCertificates is not { } asked)
            return [];
        var message = await channel.ReadMessageAsync(cancellationToken);
        var chain = CertificateMessage.Parse13(message);
        transcript.Append(message);
        using var presented = PresentedCertificate.Of(chain, asked, TlsVersion.Tls13, start.Options.Crypto);
        if (presented is null)
            return [];
        var signed = CertificateVerifyContent.ForClient(transcript.CurrentHash());
        var verify = await channel.ReadMessageAsync(cancellationToken);
        await presented.VerifyAsync(CertificateVerify.Parse(verify), signed, TlsVersion.Tls13, start.Options.TimeProvider.GetUtcNow(), cancellationToken);
        transcript.Append(verify);
        return presented.Chain;
    }
}
