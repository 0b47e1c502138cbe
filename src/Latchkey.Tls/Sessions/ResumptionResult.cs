namespace Latchkey.Tls.Sessions;

/// <summary>
/// What became of a session that a client brought back. Everything but <see cref="Resumed"/> means a full handshake, never a failed one (R10).
/// </summary>
public enum ResumptionResult
{
    /// <summary>It goes on.</summary>
    Resumed,
    /// <summary>Nobody knows it: altered, truncated, of another tenant or format, its key gone, its place in a cache lost, or the store out of reach.</summary>
    Unknown,
    /// <summary>Its lifetime, or what the site allows now, is over.</summary>
    Outlived,
    /// <summary>It says that it was established in the future: a clock is wrong, and its age cannot be told.</summary>
    NotYetValid,
    /// <summary>Another version of TLS.</summary>
    VersionChanged,
    /// <summary>Another site's (attack 9).</summary>
    SiteChanged,
    /// <summary>Another SNI than at the full handshake.</summary>
    ServerNameChanged,
    /// <summary>Another application protocol than the one that would be negotiated now.</summary>
    ApplicationProtocolChanged,
    /// <summary>The site does not have the session's certificate any more: replaced, perhaps revoked.</summary>
    CertificateChanged,
    /// <summary>TLS 1.2: the client does not offer, or the site not allow, its suite; TLS 1.3: the suite chosen has another digest.</summary>
    SuiteChanged,
    /// <summary>TLS 1.2: records were encrypt-then-MAC and would not be now, or the other way round (RFC 7366 §3: a session keeps its way).</summary>
    EncryptThenMacChanged,
    /// <summary>The certificate that the client showed has outlived its validity.</summary>
    ClientCertificateOutlived,
    /// <summary>The site asks for client certificates in another way than then, or does not trust the session's any more.</summary>
    ClientCertificateRefused,
    /// <summary>TLS 1.3: it was accepted once already, and each ticket is accepted once.</summary>
    UsedBefore,
    /// <summary>TLS 1.3: the age that the client gives is not the one that we see.</summary>
    AgeMismatch,
    /// <summary>Whoever keeps the session declined; the reason is counted there.</summary>
    Declined,
}

/// <summary>One attempt of a client to resume.</summary>
/// <param name="Arrangement">Name of the store that was asked (<see cref="SessionStore.Name"/>), or of the far keeper.</param>
/// <param name="Result">What became of it.</param>
public sealed record ResumptionAttempt(string Arrangement, ResumptionResult Result);
