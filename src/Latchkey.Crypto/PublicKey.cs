namespace Latchkey.Crypto;

/// <summary>A public key that verifies. Thread-safe: one object may serve many handshakes at once.</summary>
public abstract class PublicKey : IDisposable
{
    /// <summary>Kind of key.</summary>
    public abstract KeyAlgorithm Algorithm { get; }

    /// <summary>Modulus or curve size in bits.</summary>
    public abstract int KeySizeBits { get; }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public abstract ReadOnlyMemory<byte> SubjectPublicKeyInfo { get; }

    /// <summary>Verifies a signature over a whole message. ECDSA and DSA signatures are DER SEQUENCE {r, s}.</summary>
    public abstract bool Verify(SignatureScheme scheme, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>Frees the key.</summary>
    public abstract void Dispose();
}
