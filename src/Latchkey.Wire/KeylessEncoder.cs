using System.Buffers;
using System.Buffers.Binary;

namespace Latchkey.Wire;

/// <summary>
/// Writes messages as the deployed encoder does: items in its order, empty ones left out, padded to 1,024 bytes where they are
/// smaller. Latchkey's own items come after the deployed ones and before the padding.
/// </summary>
public static class KeylessEncoder
{
    private const int ItemHeaderSize = 3;

    /// <summary>Messages smaller than this are padded to it, so that their sizes say little.</summary>
    public const int PaddedSize = 1024;

    /// <summary>Bytes of the longest payload: of a message with nothing else but its opcode.</summary>
    public const int MaxPayload = ushort.MaxValue - (2 * ItemHeaderSize) - 1;

    /// <summary>Writes one message and returns its size in bytes.</summary>
    /// <exception cref="ArgumentException">An item or the body is longer than 65,535 bytes.</exception>
    public static int Write(IBufferWriter<byte> output, uint id, in OutgoingItems items)
    {
        ArgumentNullException.ThrowIfNull(output);
        var size = GetSize(items);
        Write(output.GetSpan(size)[..size], id, items);
        output.Advance(size);
        return size;
    }

    /// <summary>Writes one message into a span of exactly <see cref="GetSize"/> bytes.</summary>
    public static void Write(Span<byte> destination, uint id, in OutgoingItems items)
    {
        var body = new ItemCursor(destination[KeylessFrame.HeaderSize..]);
        WriteHeader(destination, id, body.Left);
        AddItems(ref body, items);
        body.FillWithPadding();
    }

    /// <summary>The items alone, without header and padding: what a signature covers.</summary>
    public static byte[] EncodeItems(in OutgoingItems items)
    {
        var bytes = new byte[GetItemsSize(items)];
        var body = new ItemCursor(bytes);
        AddItems(ref body, items);
        return bytes;
    }

    private static void WriteHeader(Span<byte> destination, uint id, int bodySize)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, 0x0100_0000u | (uint)bodySize);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], id);
    }

    private static void AddItems(ref ItemCursor body, in OutgoingItems items)
    {
        if (items.Opcode != Opcode.None)
            body.Add(ItemTag.Opcode, (byte)items.Opcode);
        body.Add(ItemTag.Payload, items.Payload);
        body.Add(ItemTag.Extra, items.Extra);
        body.Add(ItemTag.SubjectKeyIdentifier, items.SubjectKeyIdentifier);
        body.Add(ItemTag.CertificateDigest, items.CertificateDigest);
        body.Add(ItemTag.ClientIp, items.ClientIp);
        body.Add(ItemTag.ServerIp, items.ServerIp);
        body.Add(ItemTag.ServerName, items.ServerName);
        body.Add(ItemTag.CertificateId, items.CertificateId);
        body.Add(ItemTag.CustomFunction, items.CustomFunction);
        body.Add(ItemTag.TraceSpan, items.TraceSpan);
        body.Add(ItemTag.RequestContext, items.RequestContext);
        if (items.ComplianceRegion != 0)
            body.Add(ItemTag.ComplianceRegion, items.ComplianceRegion);
        AddOwn(ref body, items);
    }

    /// <summary>Puts another id into a message that is encoded already.</summary>
    public static void SetId(Span<byte> message, uint id) => BinaryPrimitives.WriteUInt32BigEndian(message[4..], id);

    /// <summary>Size of the message in bytes, header and padding included.</summary>
    /// <exception cref="ArgumentException">An item or the body is longer than 65,535 bytes.</exception>
    public static int GetSize(in OutgoingItems items)
    {
        var n = GetItemsSize(items);
        var size = KeylessFrame.HeaderSize + n;
        if (size < PaddedSize)
            return Math.Max(PaddedSize, size + ItemHeaderSize);
        if (n > ushort.MaxValue)
            throw new ArgumentException($"A message body of {n} bytes does not fit into {ushort.MaxValue}.", nameof(items));
        return size;
    }

    private static int GetItemsSize(in OutgoingItems items) => Size(items.Payload) + Size(items.Extra) + Size(items.SubjectKeyIdentifier) + Size(items.CertificateDigest)
            + Size(items.ClientIp) + Size(items.ServerIp) + Size(items.ServerName) + Size(items.CertificateId)
            + Size(items.CustomFunction) + Size(items.TraceSpan) + Size(items.RequestContext) + Size(items.Capabilities)
            + Size(items.CertificateFingerprint) + Size(items.ClientRandom) + Size(items.ServerNonce)
            + Size(items.ServerParameters) + Size(items.TranscriptHash) + Size(items.EncryptedPremaster)
            + Size(items.SessionHash) + Size(items.KeyPart) + Size(items.Load) + Size(items.SealTo) + Size(items.RequestSignature)
            + Size(items.Opcode != Opcode.None, 1) + Size(items.ComplianceRegion != 0, 1) + Size(items.SignatureScheme != 0, 2)
            + Size(items.Sentinel is not null, 1) + Size(items.SigningContext is not null, 1) + Size(items.ClientVersion != 0, 2)
            + Size(items.PrfHash != 0, 1) + Size(items.PatienceMilliseconds != 0, 4);

    /// <summary>Writes the reply to a request that succeeded.</summary>
    public static int WriteResponse(IBufferWriter<byte> output, uint id, ReadOnlySpan<byte> result) =>
        Write(output, id, new OutgoingItems(Opcode.Response) { Payload = result });

    /// <summary>Writes the reply to a request that failed. Map the error with <see cref="KeylessErrorExtensions.For"/> first.</summary>
    public static int WriteError(IBufferWriter<byte> output, uint id, KeylessError error) =>
        Write(output, id, new OutgoingItems(Opcode.Error) { Payload = [(byte)error] });

    /// <summary>Writes the reply to a ping.</summary>
    public static int WritePong(IBufferWriter<byte> output, uint id, ReadOnlySpan<byte> echo) =>
        Write(output, id, new OutgoingItems(Opcode.Pong) { Payload = echo });

    private static void AddOwn(ref ItemCursor body, in OutgoingItems items)
    {
        body.Add(ItemTag.Capabilities, items.Capabilities);
        body.Add(ItemTag.CertificateFingerprint, items.CertificateFingerprint);
        if (items.SignatureScheme != 0)
            body.AddUInt16(ItemTag.SignatureScheme, items.SignatureScheme);
        body.Add(ItemTag.ClientRandom, items.ClientRandom);
        body.Add(ItemTag.ServerNonce, items.ServerNonce);
        if (items.Sentinel is { } sentinel)
            body.Add(ItemTag.Sentinel, sentinel);
        body.Add(ItemTag.ServerParameters, items.ServerParameters);
        if (items.SigningContext is { } context)
            body.Add(ItemTag.SigningContext, context);
        body.Add(ItemTag.TranscriptHash, items.TranscriptHash);
        body.Add(ItemTag.EncryptedPremaster, items.EncryptedPremaster);
        if (items.ClientVersion != 0)
            body.AddUInt16(ItemTag.ClientVersion, items.ClientVersion);
        body.Add(ItemTag.SessionHash, items.SessionHash);
        if (items.PrfHash != 0)
            body.Add(ItemTag.PrfHash, items.PrfHash);
        if (items.PatienceMilliseconds != 0)
            body.AddUInt32(ItemTag.Patience, items.PatienceMilliseconds);
        body.Add(ItemTag.KeyPart, items.KeyPart);
        body.Add(ItemTag.Load, items.Load);
        body.Add(ItemTag.SealTo, items.SealTo);
        body.Add(ItemTag.RequestSignature, items.RequestSignature); // the last: it covers what stands before it
    }

    private static int Size(ReadOnlySpan<byte> value) => value.IsEmpty ? 0 : ItemHeaderSize + value.Length;

    private static int Size(bool present, int length) => present ? ItemHeaderSize + length : 0;
}
