namespace Latchkey.Tls.DelegatedCredentials;

/// <summary>Where the handshakes of a site find a delegated credential for one of its certificates (catalogue X6). Thread-safe.</summary>
public abstract class DelegatedCredentialSource
{
    /// <summary>SHA-256 of the certificate, 32 bytes.</summary>
    public abstract ReadOnlyMemory<byte> Certificate { get; }

    /// <summary>The one to be served now, to be used at once; null: none is, and the certificate's own key is asked.</summary>
    public abstract ServedCredential? Current { get; }
}
