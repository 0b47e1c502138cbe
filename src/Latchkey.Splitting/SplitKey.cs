using Latchkey.Crypto;

namespace Latchkey.Splitting;

/// <summary>
/// A private key of which some parts are here (S4, S5). It can do nothing by itself: <see cref="Join"/> makes the whole key, for one operation, of these parts and others
/// that come with the question. Thread-safe. Owns its parts.
/// </summary>
public sealed class SplitKey : PrivateKey
{
    private readonly KeyPart[] _parts;
    private readonly KeyInfo _info;

    /// <param name="parts">At least one, each of them <see cref="KeyPart.IsWhole"/>; fewer than are needed, or all of them.</param>
    /// <exception cref="KeyPartException">They are not of one splitting, or one is damaged.</exception>
    public SplitKey(params IReadOnlyList<KeyPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        _parts = [.. parts];
        if (_parts.FirstOrDefault(part => !part.IsWholeAccordingTo(_parts[0])) is { } bad)
            throw new KeyPartException($"{bad} does not belong to {_parts[0]}, or is damaged.");
        _info = KeyInfo.OfSubjectPublicKeyInfo(_parts[0].SubjectPublicKeyInfo.Span);
    }

    /// <summary>What is here.</summary>
    public IReadOnlyList<KeyPart> Parts => _parts;

    /// <summary>Parts that have to come from elsewhere.</summary>
    public int Missing => Math.Max(0, _parts[0].Threshold - _parts.Length);

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => _info.Algorithm;

    /// <inheritdoc/>
    public override int KeySizeBits => _info.SizeBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => _parts[0].SubjectPublicKeyInfo;

    /// <summary>The same key with one part more; this object is not to be used or disposed any more.</summary>
    /// <exception cref="KeyPartException">It is of another splitting, or damaged.</exception>
    public SplitKey With(SplitKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new SplitKey([.. _parts, .. other._parts.Where(part => _parts.All(known => known.Number != part.Number))]);
    }

    /// <summary>The whole key, for one operation; the caller disposes it right after that.</summary>
    /// <param name="crypto">Keeps it meanwhile.</param>
    /// <param name="others">Parts from elsewhere; lent. They are held against what the parts here say of them, so that a wrong one is named (attack 17).</param>
    /// <exception cref="KeyPartException">Too few, or one is wrong.</exception>
    public PrivateKey Join(CryptoProvider crypto, IReadOnlyCollection<KeyPart> others)
    {
        ArgumentNullException.ThrowIfNull(crypto);
        if (others.FirstOrDefault(part => !part.IsWholeAccordingTo(_parts[0])) is { } bad)
            throw new KeyPartException($"{bad} is not the one that was made when the key was split, so far as {_parts[0]} knows.");
        using var pkcs8 = KeySplitting.Join([.. _parts, .. others]);
        return crypto.ImportTransientPrivateKey(pkcs8.Span, SubjectPublicKeyInfo.Span);
    }

    /// <inheritdoc/>
    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) => throw NotJoined();

    /// <inheritdoc/>
    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash) => throw NotJoined();

    /// <inheritdoc/>
    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => throw NotJoined();

    /// <inheritdoc/>
    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => throw NotJoined();

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (var part in _parts)
            part.Dispose();
    }

    private InvalidOperationException NotJoined() => new($"The key is split: {_parts[0]} alone does nothing.");
}
