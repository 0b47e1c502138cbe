namespace Latchkey.Tls.Records;

/// <summary>Keys of one direction and the record sequence number that goes with them.</summary>
/// <remarks>Made by <see cref="TrafficKeys.CreateProtection"/>. Not thread-safe: one direction has
/// one reader or one writer.</remarks>
public abstract class RecordProtection : IDisposable
{
    private protected RecordProtection()
    {
    }

    /// <summary>Bytes that sealing adds to the content at most, record header excluded.</summary>
    internal abstract int Expansion { get; }

    /// <summary>Longest fragment a peer may send under these keys.</summary>
    internal abstract int MaxCiphertext { get; }

    /// <summary>Records sealed or opened so far; the next one's sequence number.</summary>
    internal abstract ulong Sequence { get; }

    /// <summary>
    /// Writes one whole record, header included.
    /// </summary>
    /// <param name="type">Of the content.</param>
    /// <param name="contentAndRoom">The content and one byte more, which is overwritten: TLS 1.3 encrypts the type behind the
    /// content, and the room spares a copy of every record.</param>
    /// <param name="destination">At least header + content + <see cref="Expansion"/> bytes; does not overlap the content.</param>
    /// <returns>Bytes written.</returns>
    internal abstract int Seal(ContentType type, Span<byte> contentAndRoom, Span<byte> destination);

    /// <summary>Bytes between header and ciphertext, at most <see cref="MaxPrefixSize"/>: the explicit nonce of TLS 1.2 GCM, the IV of CBC, else none.</summary>
    internal abstract int PrefixSize { get; }

    /// <summary>Largest <see cref="PrefixSize"/>.</summary>
    internal const int MaxPrefixSize = 16;

    /// <summary>Bytes that <see cref="TryOpen"/> needs at its destination for so long a ciphertext.</summary>
    internal abstract int OpeningRoom(int ciphertextSize);

    /// <summary>Opens one record.</summary>
    /// <param name="headerAndPrefix">The five bytes as received, and <see cref="PrefixSize"/> more.</param>
    /// <param name="ciphertext">What follows them.</param>
    /// <param name="destination">At least <see cref="OpeningRoom"/> bytes; disjoint from it, or the same bytes (in place).</param>
    /// <returns>false where the record is not authentic; then nothing is counted and the destination is garbage.</returns>
    internal abstract bool TryOpen(ReadOnlySpan<byte> headerAndPrefix, ReadOnlySpan<byte> ciphertext, Span<byte> destination, out OpenedRecord opened);

    /// <summary>Frees the keys.</summary>
    public abstract void Dispose();
}

/// <summary>An authentic record; its content is at the start of the destination it was opened to.</summary>
internal readonly record struct OpenedRecord(ContentType Type, int Length);
