using Latchkey.Crypto;
using Latchkey.Splitting;

namespace Latchkey.KeyServer.Keys.Split;

/// <summary>
/// A split key during one operation (S4, S5): it is joined where the operation first uses it, if it does, and zeroed with the parts that came for it when the operation is
/// over. Used by one thread.
/// </summary>
internal sealed class JoinedKey(SplitKey split, PartsForOperation parts, CryptoProvider crypto) : PrivateKey
{
    private PrivateKey? _whole;

    public override KeyAlgorithm Algorithm => split.Algorithm;

    public override int KeySizeBits => split.KeySizeBits;

    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => split.SubjectPublicKeyInfo;

    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) => Whole().Sign(scheme, message);

    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash) => Whole().SignDigest(digest, padding, hash);

    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => Whole().DecryptPremaster(encryptedPremaster, clientVersion);

    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => Whole().DecryptRaw(ciphertext);

    public override void Dispose()
    {
        _whole?.Dispose();
        _whole = null;
    }

    private PrivateKey Whole()
    {
        if (_whole is not null)
            return _whole;
        using var others = parts.Gather(split);
        return _whole = split.Join(crypto, others.Parts);
    }
}
