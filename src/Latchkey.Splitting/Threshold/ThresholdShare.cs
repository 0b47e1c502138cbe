using Latchkey.Crypto;
using Latchkey.Crypto.Libcrypto;
using Latchkey.Wire;

namespace Latchkey.Splitting.Threshold;

/// <summary>
/// One share of an RSA key (catalogue X5). It never meets the others: it makes partial signatures, which whoever asked combines. It decrypts nothing: a shared decryption
/// would give the premaster secret, padding and all, to whoever combines. Thread-safe.
/// </summary>
public sealed class ThresholdShare : PrivateKey
{
    private const string Label = "LATCHKEY RSA SHARE";
    private readonly SecretBytes _share;

    /// <param name="key">What is public.</param>
    /// <param name="number">From 1.</param>
    /// <param name="share">s_i; owned.</param>
    internal ThresholdShare(ThresholdKey key, int number, SecretBytes share)
    {
        Key = key;
        Number = number;
        _share = share;
    }

    /// <summary>What is public about the key.</summary>
    public ThresholdKey Key { get; }

    /// <summary>Which of the shares this is, from 1.</summary>
    public int Number { get; }

    /// <inheritdoc/>
    public override KeyAlgorithm Algorithm => KeyAlgorithm.Rsa;

    /// <inheritdoc/>
    public override int KeySizeBits => Key.ModulusBits;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> SubjectPublicKeyInfo => Key.SubjectPublicKeyInfo;

    /// <summary>x^(2Δ s_i) of the encoded message, with its proof; about five times the work of a whole key's signature, which has the primes to compute with.</summary>
    /// <exception cref="ArgumentException">The scheme does not go with an RSA key.</exception>
    public PartialSignature SignPartially(SignatureScheme scheme, ReadOnlySpan<byte> message)
    {
        var encoded = EncodedMessage.Of(scheme, message, Key);
        using var arithmetic = new Arithmetic();
        using var modulus = Crypto.Libcrypto.Number.Of(Key.Modulus);
        using var number = Crypto.Libcrypto.Number.Of(encoded);
        using var share = Crypto.Libcrypto.Number.OfSecret(_share.Span);
        using var exponent = (2 * Key.Factorial).ToNumber();
        using var lifted = arithmetic.Power(number, exponent, modulus);
        using var power = arithmetic.PowerOfSecret(lifted, share, modulus);
        var (challenge, response) = ShareProof.Make(Key, Number, share, number, power, modulus, arithmetic);
        return new PartialSignature(Number, power.ToArray(Key.ModulusLength), challenge, response);
    }

    /// <summary>The file's bytes, PEM with the label <c>LATCHKEY RSA SHARE</c>; the caller owns them.</summary>
    public SecretBytes ToPem()
    {
        var fields = new FieldWriter(8 * 1024);
        try
        {
            Key.Write(ref fields);
            fields.UInt8((byte)Number);
            fields.Vector16(_share.Span);
            return SplittingPem.Write(Label, fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>Reads a file; null: there is no share in it. The caller owns the share and zeroes the bytes.</summary>
    /// <exception cref="KeyPartException">What stands there is damaged, or not the share that was made.</exception>
    public static ThresholdShare? TryRead(ReadOnlySpan<byte> file)
    {
        using var data = SplittingPem.TryRead(Label, file);
        if (data is null)
            return null;
        var fields = new FieldReader(data.Span);
        var key = ThresholdKey.Read(ref fields);
        int number = fields.UInt8();
        var value = fields.Vector16();
        if (key is null || !fields.IsComplete || number < 1 || number > key.Count)
            throw new KeyPartException("The share of an RSA key is damaged: it cannot be read.");
        return new ThresholdShare(key, number, SecretBytes.CopyOf(value));
    }

    /// <summary>Whether it is the share that was made for its number, as its own account of v^(s_i) has it.</summary>
    public bool IsWhole
    {
        get
        {
            using var arithmetic = new Arithmetic();
            using var modulus = Crypto.Libcrypto.Number.Of(Key.Modulus);
            using var verificationBase = Crypto.Libcrypto.Number.Of(Key.Base);
            using var share = Crypto.Libcrypto.Number.OfSecret(_share.Span);
            using var power = arithmetic.PowerOfSecret(verificationBase, share, modulus);
            return power.ToArray(Key.ModulusLength).AsSpan().SequenceEqual(Key.Verifier(Number));
        }
    }

    /// <inheritdoc/>
    public override byte[] Sign(SignatureScheme scheme, ReadOnlySpan<byte> message) => throw Alone();

    /// <inheritdoc/>
    public override byte[] SignDigest(DigestAlgorithm digest, SignaturePadding padding, ReadOnlySpan<byte> hash) => throw Alone();

    /// <inheritdoc/>
    public override SecretBytes DecryptPremaster(ReadOnlySpan<byte> encryptedPremaster, ushort clientVersion) => throw Alone();

    /// <inheritdoc/>
    public override SecretBytes DecryptRaw(ReadOnlySpan<byte> ciphertext) => throw Alone();

    /// <inheritdoc/>
    public override void Dispose() => _share.Dispose();

    /// <summary>Number and key, nothing secret.</summary>
    public override string ToString() => $"share {Number} of {Key}";

    private ArgumentException Alone() => new($"{this} signs together with others only, and decrypts nothing.");
}
