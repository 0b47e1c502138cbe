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

    /// <summary>Whether this is the public half of a private key of the same kind: what that one signs, this one verifies.</summary>
    public bool IsHalfOf(PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        var scheme = key.Algorithm switch
        {
            KeyAlgorithm.Rsa => SignatureScheme.RsaPkcs1Sha256,
            KeyAlgorithm.Ed25519 => SignatureScheme.Ed25519,
            KeyAlgorithm.Dsa => SignatureScheme.DsaSha256,
            _ => SignatureScheme.EcdsaSecp256r1Sha256,
        };
        return Verify(scheme, "key check"u8, key.Sign(scheme, "key check"u8));
    }

    /// <summary>Frees the key.</summary>
    public abstract void Dispose();
}
