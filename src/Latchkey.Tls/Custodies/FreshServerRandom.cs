using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// A server random derived from a nonce, in the manner of LURK (attacks 1, 6): the key server is sent the nonce and derives
/// the random itself, so nobody can ask it about a random that was recorded on the wire.
/// </summary>
public sealed class FreshServerRandom
{
    /// <summary>Bytes of nonce and random alike.</summary>
    public const int Size = 32;

    private FreshServerRandom(byte[] nonce, byte[] value, DowngradeSentinel sentinel)
    {
        Nonce = nonce;
        Value = value;
        Sentinel = sentinel;
    }

    /// <summary>32 bytes: the time as Unix milliseconds, 8 bytes, and 24 random ones; secret until the key server has answered, then without value.</summary>
    public ReadOnlyMemory<byte> Nonce { get; }

    /// <summary>32 bytes: SHA-256(<c>"Latchkey TLS 1.2 server random"</c> ‖ nonce), its last eight bytes overwritten by the sentinel.</summary>
    public ReadOnlyMemory<byte> Value { get; }

    /// <summary>The sentinel in the last eight bytes.</summary>
    public DowngradeSentinel Sentinel { get; }

    /// <summary>From a new nonce (edge): the time, by which a key server knows it to be of this moment, and 24 random bytes. The time does not show in the random.</summary>
    public static FreshServerRandom Create(DowngradeSentinel sentinel, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Span<byte> nonce = stackalloc byte[Size];
        RandomNumberGenerator.Fill(nonce);
        BinaryPrimitives.WriteInt64BigEndian(nonce, time.GetUtcNow().ToUnixTimeMilliseconds());
        return Derive(nonce, sentinel);
    }

    /// <summary>When a nonce was made; null: it says no time that there is.</summary>
    public static DateTimeOffset? TimeOf(ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, Size, nameof(nonce));
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(nonce);
        return milliseconds >= 0 && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    /// <summary>From a nonce that was sent (key server). <paramref name="nonce"/> has <see cref="Size"/> bytes.</summary>
    public static FreshServerRandom Derive(ReadOnlySpan<byte> nonce, DowngradeSentinel sentinel)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, Size, nameof(nonce));
        ReadOnlySpan<byte> label = "Latchkey TLS 1.2 server random"u8;
        Span<byte> input = stackalloc byte[label.Length + Size];
        label.CopyTo(input);
        nonce.CopyTo(input[label.Length..]);
        var value = SHA256.HashData(input);
        if (sentinel == DowngradeSentinel.Tls12)
            "DOWNGRD\u0001"u8.CopyTo(value.AsSpan(Size - 8));
        return new FreshServerRandom(nonce.ToArray(), value, sentinel);
    }
}
