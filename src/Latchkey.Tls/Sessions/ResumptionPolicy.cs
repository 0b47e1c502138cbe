using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Tls.Sessions;

/// <summary>
/// The one place that decides whether a session may go on, for both versions, at the edge and at a key server (R10, attack 9). It judges facts only: that the
/// client has the session's secret is shown by the handshake itself.
/// </summary>
/// <remarks>
/// Extended master secret is not among the facts: no TLS 1.2 session without it is ever kept (attack 11), and a hello without it that brings such a session is
/// not a matter of policy (RFC 7627 §5.3: the handshake is aborted).
/// </remarks>
public static class ResumptionPolicy
{
    /// <summary>The longest lifetime of any session: RFC 8446 §4.6.1 for tickets; for all the others by analogy.</summary>
    public static TimeSpan MaxLifetime { get; } = TimeSpan.FromDays(7);

    /// <summary>
    /// Clocks of machines that share sessions may differ by so much: one may be ten minutes ahead while another is ten minutes behind, with some to spare, and by half of the hour that ticket keys
    /// are made ahead the wrong clock has been reported (T2). A session from further in the future is none that could be judged.
    /// </summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(30);

    /// <summary>Judges a session by what a full handshake would agree on now.</summary>
    public static ResumptionResult Judge(SessionFacts session, ResumptionTerms terms)
    {
        if (session.Version != terms.Version)
            return ResumptionResult.VersionChanged;
        if (session.Site != terms.Site)
            return ResumptionResult.SiteChanged;
        if (session.Established > terms.Now + ClockSkew)
            return ResumptionResult.NotYetValid;
        if (Left(session, terms.Lifetime, terms.Now) <= TimeSpan.Zero)
            return ResumptionResult.Outlived;
        if (session.ServerName != terms.ServerName)
            return ResumptionResult.ServerNameChanged;
        if (session.ApplicationProtocol != terms.ApplicationProtocol)
            return ResumptionResult.ApplicationProtocolChanged;
        if (!terms.CipherSuites.Contains(session.CipherSuite))
            return ResumptionResult.SuiteChanged;
        if (session.EncryptThenMac != (terms.EncryptThenMac && !CipherSuiteFacts.Of(session.CipherSuite).Cipher.IsAead))
            return ResumptionResult.EncryptThenMacChanged;
        if (!HasCertificate(session, terms))
            return ResumptionResult.CertificateChanged;
        return ClientCertificateIsValid(session, terms.Now) ? ResumptionResult.Resumed : ResumptionResult.ClientCertificateOutlived;
    }

    /// <summary>How long a session may still be resumed; zero or less: not any more.</summary>
    /// <param name="allowed">What the site allows now.</param>
    public static TimeSpan Left(SessionFacts session, TimeSpan allowed, DateTimeOffset now)
    {
        var lifetime = session.Lifetime < allowed ? session.Lifetime : allowed;
        var left = session.Established + lifetime - now;
        // A clock that is behind the one that made the session prolongs nothing, nor makes a ticket_lifetime beyond seven days (RFC 8446 §4.6.1).
        return left < lifetime ? left : lifetime;
    }

    /// <summary>Whether a resumption gives the client a new ticket (R8): more than half of the old one's life is over.</summary>
    public static bool IsRenewalDue(SessionFacts session, DateTimeOffset now) =>
        now - session.Issued > (session.Established + session.Lifetime - session.Issued) / 2;

    // Where a pre-shared key took the certificate's place there is none to compare.
    private static bool HasCertificate(SessionFacts session, ResumptionTerms terms) =>
        session.CertificateFingerprint.IsEmpty || terms.CertificateFingerprints.Any(one => one.Span.SequenceEqual(session.CertificateFingerprint.Span));

    private static bool ClientCertificateIsValid(SessionFacts session, DateTimeOffset now)
    {
        if (session.ClientCertificates.Count == 0)
            return true;
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(session.ClientCertificates[0].Span);
            return now < certificate.NotAfter.ToUniversalTime();
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
