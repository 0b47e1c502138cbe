using System.Formats.Asn1;

namespace Latchkey.Crypto;

/// <summary>DER read in place: the base library's reader wants memory, keys come as spans that are zeroed afterwards.</summary>
internal ref struct ValueAsnReader(ReadOnlySpan<byte> der)
{
    private ReadOnlySpan<byte> _rest = der;

    /// <summary>The first octet of what comes next; 0 at the end.</summary>
    internal readonly byte NextTag => _rest.IsEmpty ? (byte)0 : _rest[0];

    internal readonly void ThrowIfNotEmpty()
    {
        if (!_rest.IsEmpty)
            throw new AsnContentException("bytes follow the structure.");
    }

    internal ValueAsnReader ReadSequence() => ReadConstructed(null);

    internal ValueAsnReader ReadExplicit(int number) => ReadConstructed(new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true));

    private ValueAsnReader ReadConstructed(Asn1Tag? tag)
    {
        AsnDecoder.ReadSequence(_rest, AsnEncodingRules.DER, out int offset, out int length, out int consumed, tag);
        ReadOnlySpan<byte> content = _rest.Slice(offset, length);
        _rest = _rest[consumed..];
        return new ValueAsnReader(content);
    }

    internal string ReadObjectIdentifier()
    {
        string value = AsnDecoder.ReadObjectIdentifier(_rest, AsnEncodingRules.DER, out int consumed);
        _rest = _rest[consumed..];
        return value;
    }

    internal ReadOnlySpan<byte> ReadBitString()
    {
        if (!AsnDecoder.TryReadPrimitiveBitString(_rest, AsnEncodingRules.DER, out int unusedBits, out ReadOnlySpan<byte> value, out int consumed) || unusedBits != 0)
            throw new AsnContentException("a BIT STRING of whole octets was expected.");
        _rest = _rest[consumed..];
        return value;
    }

    internal ReadOnlySpan<byte> ReadIntegerBytes()
    {
        ReadOnlySpan<byte> value = AsnDecoder.ReadIntegerBytes(_rest, AsnEncodingRules.DER, out int consumed);
        _rest = _rest[consumed..];
        return value;
    }

    internal void SkipInteger() => ReadIntegerBytes();

    internal ReadOnlySpan<byte> ReadOctetString()
    {
        if (!AsnDecoder.TryReadPrimitiveOctetString(_rest, AsnEncodingRules.DER, out ReadOnlySpan<byte> value, out int consumed))
            throw new AsnContentException("an OCTET STRING was expected.");
        _rest = _rest[consumed..];
        return value;
    }

    internal void SkipOctetString() => ReadOctetString();
}
