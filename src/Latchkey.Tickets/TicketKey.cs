using Latchkey.Crypto;

namespace Latchkey.Tickets;

/// <summary>One key of a ring (RFC 5077 §4, §5.5). Owns its secret; disposing zeroes it.</summary>
public sealed class TicketKey : IDisposable
{
    /// <summary>Bytes of a name.</summary>
    public const int NameSize = 16;

    /// <summary>Bytes of a secret.</summary>
    public const int SecretSize = 32;

    /// <param name="name">16 bytes, random-looking and unique: it travels in clear at the head of what is sealed.</param>
    /// <param name="secret">32 bytes, owned from here on.</param>
    public TicketKey(ReadOnlyMemory<byte> name, SecretBytes secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(name.Length, NameSize, nameof(name));
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, SecretSize, nameof(secret));
        Name = name;
        Secret = secret;
    }

    /// <summary>16 bytes.</summary>
    public ReadOnlyMemory<byte> Name { get; }

    /// <summary>32 bytes, lent.</summary>
    public SecretBytes Secret { get; }

    /// <summary>When it was made. Default: long ago.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>Which run of which machine made it; not secret. Default 0: not known.</summary>
    public ulong Origin { get; init; }

    /// <summary>Seals from then on (inclusive); before, it only opens (catalogue T2).</summary>
    public required DateTimeOffset SealFrom { get; init; }

    /// <summary>Seals until then (exclusive).</summary>
    public required DateTimeOffset SealUntil { get; init; }

    /// <summary>Opens until then (exclusive).</summary>
    public required DateTimeOffset OpenUntil { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Secret.Dispose();
}
