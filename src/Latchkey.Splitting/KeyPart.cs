using System.Security.Cryptography;
using Latchkey.Crypto;
using Latchkey.Wire;

namespace Latchkey.Splitting;

/// <summary>
/// One of the n parts that a private key was split into, k of which give the key (catalogue S4). It knows the key's public half and what every other part must hash to, so
/// that a part that is not the one that was made is found out and named before anything is joined (attack 17). Disposing zeroes it.
/// </summary>
/// <remarks>Hashes of the others tell nothing: a part's value is as long as the key and as random.</remarks>
public sealed class KeyPart : IDisposable
{
    /// <summary>Most parts of one key; their numbers are not zero and fit a byte, the hashes of all fit into each.</summary>
    public const int MaxCount = 16;

    private const byte Version = 1;
    private const int MaxValueSize = 8 * 1024;
    private readonly byte[] _subjectPublicKeyInfo;
    private readonly byte[] _commitments;
    private readonly SecretBytes _value;

    internal KeyPart(int threshold, int number, ReadOnlySpan<byte> subjectPublicKeyInfo, ReadOnlySpan<byte> commitments, SecretBytes value)
    {
        Threshold = threshold;
        Number = number;
        _subjectPublicKeyInfo = subjectPublicKeyInfo.ToArray();
        _commitments = commitments.ToArray();
        _value = value;
        Identifier = SHA256.HashData(subjectPublicKeyInfo);
    }

    /// <summary>SHA-256 of the key's SubjectPublicKeyInfo (DER), 32 bytes: what parts of one key find each other by.</summary>
    public ReadOnlyMemory<byte> Identifier { get; }

    /// <summary>Parts needed, at least 2.</summary>
    public int Threshold { get; }

    /// <summary>Parts made.</summary>
    public int Count => _commitments.Length / SHA256.HashSizeInBytes;

    /// <summary>Which of them this is, from 1.</summary>
    public int Number { get; }

    /// <summary>DER, of the whole key.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => _subjectPublicKeyInfo;

    /// <summary>As long as the key in PKCS#8.</summary>
    internal SecretBytes Value => _value;

    /// <summary>Whether its value is the one that was made for its number, by its own account.</summary>
    public bool IsWhole => IsWholeAccordingTo(this);

    /// <summary>Whether it is the one that another part of the key, which is trusted, knows under its number.</summary>
    public bool IsWholeAccordingTo(KeyPart trusted)
    {
        ArgumentNullException.ThrowIfNull(trusted);
        return IsOfSameKeyAs(trusted)
            && Commit(Threshold, Count, Number, _subjectPublicKeyInfo, _value.Span).AsSpan()
                .SequenceEqual(trusted._commitments.AsSpan((Number - 1) * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
    }

    /// <summary>Whether both come from one splitting of one key.</summary>
    public bool IsOfSameKeyAs(KeyPart other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Threshold == other.Threshold && _commitments.AsSpan().SequenceEqual(other._commitments) && _subjectPublicKeyInfo.AsSpan().SequenceEqual(other._subjectPublicKeyInfo);
    }

    /// <summary>The part as it travels and lies in a device, about the size of the key's PKCS#8 and public half; the caller owns it.</summary>
    public SecretBytes Encode()
    {
        var fields = new FieldWriter(_value.Length + _subjectPublicKeyInfo.Length + _commitments.Length + 64);
        try
        {
            fields.UInt8(Version);
            fields.UInt8((byte)Threshold);
            fields.UInt8((byte)Number);
            fields.Vector16(_subjectPublicKeyInfo);
            fields.Vector16(_commitments);
            fields.Vector16(_value.Span);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; null: it is none. Whether it <see cref="IsWhole"/> is another question.</summary>
    public static KeyPart? TryDecode(ReadOnlySpan<byte> encoded)
    {
        var fields = new FieldReader(encoded);
        var version = fields.UInt8();
        int threshold = fields.UInt8(), number = fields.UInt8();
        var subjectPublicKeyInfo = fields.Vector16();
        var commitments = fields.Vector16();
        var value = fields.Vector16();
        var count = commitments.Length / SHA256.HashSizeInBytes;
        return fields.IsComplete && version == Version && commitments.Length % SHA256.HashSizeInBytes == 0 && count <= MaxCount
            && threshold >= 2 && threshold <= count && number >= 1 && number <= count && value.Length is > 0 and <= MaxValueSize
            ? new KeyPart(threshold, number, subjectPublicKeyInfo, commitments, SecretBytes.CopyOf(value))
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _value.Dispose();

    /// <summary>Number, size and identifier's beginning, nothing secret.</summary>
    public override string ToString() => $"part {Number} of {Count} ({Threshold} needed) of key {Convert.ToHexStringLower(Identifier.Span[..8])}";

    internal static byte[] Commit(int threshold, int count, int number, ReadOnlySpan<byte> subjectPublicKeyInfo, ReadOnlySpan<byte> value)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("latchkey key part"u8);
        hash.AppendData([(byte)threshold, (byte)count, (byte)number]);
        hash.AppendData(SHA256.HashData(subjectPublicKeyInfo));
        hash.AppendData(value);
        return hash.GetHashAndReset();
    }
}
