namespace Latchkey.KeyServer.Operations;

/// <summary>
/// Recognizes bytes that are one element of ASN.1, as everything is that other protocols have signed by a site's key: certificates and
/// requests for them, CMS attributes, OCSP answers.
/// </summary>
internal static class DerElement
{
    private const int HighTagNumber = 0x1F;
    private const int LongForm = 0x80;

    /// <summary>
    /// Whether tag and length at the beginning announce exactly the bytes there are; BER's long-winded lengths and its indefinite one count too,
    /// since some readers take them. Random bytes do so once in some ten million times.
    /// </summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes)
    {
        if (!TrySkipTag(ref bytes) || bytes.IsEmpty)
            return false;
        int first = bytes[0];
        bytes = bytes[1..];
        if (first < LongForm)
            return first == bytes.Length;
        if (first == LongForm)
            return bytes.EndsWith((ReadOnlySpan<byte>)[0, 0]);
        var size = first - LongForm;
        if (size > bytes.Length)
            return false;
        var digits = bytes[..size].TrimStart((byte)0);
        if (digits.Length > sizeof(int) - 1)
            return false;
        var length = 0;
        foreach (var digit in digits)
            length = (length << 8) | digit;
        return length == bytes.Length - size;
    }

    private static bool TrySkipTag(ref ReadOnlySpan<byte> bytes)
    {
        var size = 1;
        if (!bytes.IsEmpty && (bytes[0] & HighTagNumber) == HighTagNumber)
        {
            while (size < bytes.Length && bytes[size] >= LongForm)
                size++;
            size++;
        }
        if (size > bytes.Length)
            return false;
        bytes = bytes[size..];
        return true;
    }
}
