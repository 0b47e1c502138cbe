using Latchkey.Splitting.Threshold;
using Latchkey.Tls.Custodies;

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
            connection.SignAsync(request, partially: true, timeout, cancellationToken);
    }

    private readonly struct CertificateVerifyOperation(CertificateVerifySigning request) : IKeyOperation
    {
        public string Name => "sign CertificateVerify partially";

        public bool IsStructured => true;

        public bool MayRace => true;

        public string? Fault(in KeylessReply reply) => FaultOf(reply);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignAsync(request, partially: true, timeout, cancellationToken);
    }
}
