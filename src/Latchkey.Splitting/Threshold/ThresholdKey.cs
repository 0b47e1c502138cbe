using System.Numerics;
using System.Security.Cryptography;
using Latchkey.Wire;

namespace Latchkey.Splitting.Threshold;

/// <summary>
/// What everybody may know of an RSA key that is shared among n, k of whom sign together (catalogue X5; Shoup, "Practical Threshold Signatures", 2000): the public key, and the
/// numbers v and v^(s_i) that each one's answer is proved against. Immutable.
/// </summary>
public sealed class ThresholdKey
{
    /// <summary>Most shares of one key.</summary>
    public const int MaxCount = 16;

    private const byte Version = 1;
    private const string Label = "LATCHKEY THRESHOLD KEY";
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly byte[] _base;
    private readonly byte[][] _verifiers;

    internal ThresholdKey(int threshold, ReadOnlySpan<byte> subjectPublicKeyInfo, byte[] verificationBase, byte[][] verifiers)
    {
        Threshold = threshold;
        _subjectPublicKeyInfo = subjectPublicKeyInfo.ToArray();
        _base = verificationBase;
        _verifiers = verifiers;
        (Modulus, Exponent) = RsaNumbers.OfPublic(subjectPublicKeyInfo);
        ModulusBits = (8 * Modulus.Length) - BitOperations.LeadingZeroCount((uint)Modulus[0]) + 24;
        Identifier = SHA256.HashData(subjectPublicKeyInfo);
    }

    /// <summary>SHA-256 of the key's SubjectPublicKeyInfo (DER), 32 bytes.</summary>
    public ReadOnlyMemory<byte> Identifier { get; }

    /// <summary>Shares needed for a signature, at least 2.</summary>
    public int Threshold { get; }

    /// <summary>Shares made.</summary>
    public int Count => _verifiers.Length;

    /// <summary>DER.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    internal byte[] Modulus { get; }

    internal byte[] Exponent { get; }

    internal int ModulusBits { get; }

    internal int ModulusLength => Modulus.Length;

    /// <summary>v.</summary>
    internal byte[] Base => _base;

    /// <summary>Δ = n!.</summary>
    internal BigInteger Factorial => Enumerable.Range(1, Count).Aggregate(BigInteger.One, (product, i) => product * i);

    /// <summary>v^(s_i).</summary>
    internal byte[] Verifier(int number) => _verifiers[number - 1];

    /// <summary>The file's bytes, PEM with the label <c>LATCHKEY THRESHOLD KEY</c>; nothing in it is secret.</summary>
    public byte[] ToPem()
    {
        var fields = new FieldWriter(8 * 1024);
        Write(ref fields);
        using var pem = SplittingPem.Write(Label, fields.Written);
        return pem.Span.ToArray();
    }

    /// <summary>Reads a file; null: there is none in it, or a damaged one.</summary>
    public static ThresholdKey? TryRead(ReadOnlySpan<byte> file)
    {
        using var data = SplittingPem.TryRead(Label, file);
        if (data is null)
            return null;
        var fields = new FieldReader(data.Span);
        var key = Read(ref fields);
        return fields.IsComplete ? key : null;
    }

    /// <summary>Threshold, count and identifier's beginning.</summary>
    public override string ToString() => $"threshold key {Convert.ToHexStringLower(Identifier.Span[..8])} ({Threshold} of {Count})";

    internal void Write(ref FieldWriter fields)
    {
        fields.UInt8(Version);
        fields.UInt8((byte)Threshold);
        fields.UInt8((byte)Count);
        fields.Vector16(_subjectPublicKeyInfo);
        fields.Vector16(_base);
        foreach (var verifier in _verifiers)
            fields.Vector16(verifier);
    }

    internal static ThresholdKey? Read(ref FieldReader fields)
    {
        var version = fields.UInt8();
        int threshold = fields.UInt8(), count = fields.UInt8();
        var subjectPublicKeyInfo = fields.Vector16().ToArray();
        var verificationBase = fields.Vector16().ToArray();
        if (version != Version || count > MaxCount || threshold < 2 || threshold > count)
            return null;
        var verifiers = new byte[count][];
        for (var i = 0; i < count; i++)
            verifiers[i] = fields.Vector16().ToArray();
        try
        {
            var key = new ThresholdKey(threshold, subjectPublicKeyInfo, verificationBase, verifiers);
            return verifiers.Append(verificationBase).All(number => number.Length == key.ModulusLength) ? key : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

}
