using Latchkey.Tls.Clients;

namespace Latchkey.Tls.Sessions;

/// <summary>The client certificate inside a session, which takes the place of one in the handshake: it has to satisfy the site as it is now (G1, R10).</summary>
internal static class SessionClient
{
    /// <summary>Judges it: <see cref="ResumptionResult.Resumed"/> or <see cref="ResumptionResult.ClientCertificateRefused"/>.</summary>
    public static async ValueTask<ResumptionResult> JudgeAsync(SessionFacts session, TlsSite site, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var isAccepted = (site.ClientCertificates, session.ClientCertificates.Count) switch
        {
            (null, 0) => true,
            // An application that does not ask must not be told who it is.
            (null, _) => false,
            ({ Mode: ClientCertificateMode.Request }, 0) => true,
            (_, 0) => false,
            // Revoked, or its authority not trusted any more: the full handshake tells the client so.
            var (asked, _) => (await asked.Verifier.VerifyAsync(session.ClientCertificates, now, cancellationToken)).Alert is null,
        };
        return isAccepted ? ResumptionResult.Resumed : ResumptionResult.ClientCertificateRefused;
    }
}
