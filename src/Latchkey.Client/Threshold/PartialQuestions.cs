using Latchkey.Splitting.Threshold;
using Latchkey.Tls.Custodies;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Threshold;

/// <summary>Operations 41 and 42, asked for a partial signature.</summary>
internal static class PartialQuestions
{
    public static async Task<PartialSignature> AskAsync(KeyServerClient holder, ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        PartialSignature.TryDecode((await holder.ExecuteAsync(new ServerKeyExchangeOperation(request), mayFail: false, cancellationToken)).Payload.Span)!;

    public static async Task<PartialSignature> AskAsync(KeyServerClient holder, CertificateVerifySigning request, CancellationToken cancellationToken) =>
        PartialSignature.TryDecode((await holder.ExecuteAsync(new CertificateVerifyOperation(request), mayFail: false, cancellationToken)).Payload.Span)!;

    private static string? FaultOf(in KeylessReply reply) => PartialSignature.TryDecode(reply.Payload.Span) is null ? "what it sent is no partial signature" : null;

    private readonly struct ServerKeyExchangeOperation(ServerKeyExchangeSigning request) : IKeyOperation
    {
        public string Name => "sign ServerKeyExchange partially";

        public bool IsStructured => true;

        public bool MayRace => true;

        public string? Fault(in KeylessReply reply) => FaultOf(reply);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignServerKeyExchangeAsync(
                KeyIdentity.Of(request.Handshake.Certificate),
                new SignServerKeyExchangeItems
                {
                    Scheme = (ushort)request.Scheme,
                    ClientRandom = request.ClientRandom.Span,
                    ServerNonce = request.ServerRandom.Nonce.Span,
                    Sentinel = (byte)request.ServerRandom.Sentinel,
                    Parameters = request.Parameters.Span,
                    Partially = true,
                },
                RequestOrigin.Of(request.Handshake), timeout, cancellationToken);
    }

    private readonly struct CertificateVerifyOperation(CertificateVerifySigning request) : IKeyOperation
    {
        public string Name => "sign CertificateVerify partially";

        public bool IsStructured => true;

        public bool MayRace => true;

        public string? Fault(in KeylessReply reply) => FaultOf(reply);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignCertificateVerifyAsync(
                KeyIdentity.Of(request.Handshake.Certificate),
                new SignCertificateVerifyItems { Scheme = (ushort)request.Scheme, Context = 0, TranscriptHash = request.TranscriptHash.Span, Partially = true },
                RequestOrigin.Of(request.Handshake), timeout, cancellationToken);
    }
}
