using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client;

/// <summary>What a handshake needs signed, as operations 41 and 42; whole, or by one holder of a share (X5).</summary>
internal static class SigningQuestions
{
    public static ValueTask<KeylessReply> SignAsync(this KeyServerConnection connection, ServerKeyExchangeSigning request, bool partially, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.SignServerKeyExchangeAsync(
            KeyIdentity.Of(request.Handshake.Certificate),
            new SignServerKeyExchangeItems
            {
                Scheme = (ushort)request.Scheme,
                ClientRandom = request.ClientRandom.Span,
                ServerNonce = request.ServerRandom.Nonce.Span,
                Sentinel = (byte)request.ServerRandom.Sentinel,
                Parameters = request.Parameters.Span,
                Partially = partially,
            },
            RequestOrigin.Of(request.Handshake), timeout, cancellationToken);

    public static ValueTask<KeylessReply> SignAsync(this KeyServerConnection connection, CertificateVerifySigning request, bool partially, TimeSpan timeout, CancellationToken cancellationToken) =>
        connection.SignCertificateVerifyAsync(
            KeyIdentity.Of(request.Handshake.Certificate),
            new SignCertificateVerifyItems { Scheme = (ushort)request.Scheme, Context = 0, TranscriptHash = request.TranscriptHash.Span, Partially = partially },
            RequestOrigin.Of(request.Handshake), timeout, cancellationToken);
}
