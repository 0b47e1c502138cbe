using Latchkey.Crypto;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.DelegatedCredentials;

namespace Latchkey.Tls.Tls13;

/// <summary>How the server is going to authenticate: by a certificate, or by one of the pre-shared keys that the client offers. Owns the holder.</summary>
internal sealed record FlightPlan : IDisposable
{
    /// <summary>The suite.</summary>
    public required CipherSuite Suite { get; init; }

    /// <summary>Of the handshake's secrets.</summary>
    public required Tls13KeyHolder Holder { get; init; }

    /// <summary>Index of the identity whose key is used; null: none is.</summary>
    public int? Identity { get; init; }

    /// <summary>Of CertificateVerify; null with a pre-shared key.</summary>
    public SignatureScheme? Scheme { get; init; }

    /// <summary>The certificate to be presented, or that of the session that goes on; null where an external key takes its place.</summary>
    public TlsCertificate? Certificate { get; init; }

    /// <summary>The delegated credential that signs in place of the certificate's key; null: none does.</summary>
    public ServedCredential? Delegated { get; init; }

    /// <summary>Whether the key is that of a session; false for an external one, or none.</summary>
    public bool Resumes { get; init; }

    /// <summary>Early data is delivered (RFC 8446 §4.2.10).</summary>
    public bool AcceptsEarlyData { get; init; }

    /// <summary>Whether tickets may follow. Not after an external key: whoever withdraws one wants its clients gone, and a session would outlive it.</summary>
    public bool MakesTickets { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Holder.Dispose();
}
