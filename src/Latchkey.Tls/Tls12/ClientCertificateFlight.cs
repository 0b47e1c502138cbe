using Latchkey.Tls.Clients;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Tls12;

/// <summary>The client's Certificate and CertificateVerify in TLS 1.2, RFC 5246 §7.4.6 and §7.4.8, between which its ClientKeyExchange comes (catalogue G1).</summary>
internal static class ClientCertificateFlight
{
    /// <summary>Reads Certificate where the client was asked, into the transcript.</summary>
    /// <returns>What the client has shown and not proven yet; null: nothing.</returns>
    public static async ValueTask<PresentedCertificate?> ReadCertificateAsync(HandshakeChannel channel, HandshakeStart start, ClientCertificates? asked, Transcript transcript, CancellationToken cancellationToken)
    {
        if (asked is null)
            return null;
        var message = await channel.ReadMessageAsync(cancellationToken);
        var chain = CertificateMessage.Parse12(message);
        transcript.Append(message);
        return PresentedCertificate.Of(chain, asked, TlsVersion.Tls12, start.Options.Crypto);
    }

    /// <summary>Reads CertificateVerify where the client has shown a certificate, into the transcript.</summary>
    /// <returns>The accepted chain; empty without one.</returns>
    /// <exception cref="Alerts.TlsException">With the alert that says why the client is refused.</exception>
    public static async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadVerifyAsync(HandshakeChannel channel, HandshakeStart start, PresentedCertificate? presented, Transcript transcript, CancellationToken cancellationToken)
    {
        if (presented is null)
            return [];
        var message = await channel.ReadMessageAsync(cancellationToken);
        // The whole messages, not the running hash: the scheme has a digest of its own, which need not be the suite's.
        var signed = transcript.Messages.SelectMany(handshake => handshake.ToArray()).ToArray();
        await presented.VerifyAsync(CertificateVerify.Parse(message), signed, TlsVersion.Tls12, start.Options.TimeProvider.GetUtcNow(), cancellationToken);
        transcript.Append(message);
        return presented.Chain;
    }
}
