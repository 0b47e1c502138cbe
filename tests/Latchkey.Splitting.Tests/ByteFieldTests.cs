using Latchkey.Splitting.Shamir;

namespace Latchkey.Splitting.Tests;

public sealed class ByteFieldTests
{
    // FIPS 197 §4.2: {57}·{83} = {c1}, {57}·{13} = {fe}.
    [Theory]
    [InlineData(0x57, 0x83, 0xC1)]
    [InlineData(0x57, 0x13, 0xFE)]
    [InlineData(0xFF, 0x01, 0xFF)]
    [InlineData(0x00, 0x53, 0x00)]
    public void Products_are_those_of_FIPS_197(byte a, byte b, byte product)
    {
        Assert.Equal(product, ByteField.Multiply(a, b));
        Assert.Equal(product, ByteField.Multiply(b, a));
    }

    [Fact]
    public void Every_element_but_zero_has_an_inverse()
    {
        for (var a = 1; a < 256; a++)
            Assert.Equal(1, ByteField.Multiply((byte)a, ByteField.Invert((byte)a)));
    }

    [Fact]
    public void Eight_bytes_at_once_are_what_one_byte_is()
    {
        var source = new byte[27];
        new Random(1).NextBytes(source);
        foreach (byte factor in (byte[])[0, 1, 2, 0x8E, 255])
        {
            var target = new byte[27];
            Array.Fill(target, (byte)0x5A);
            ByteField.AddProduct(target, source, factor);
            Assert.Equal(source.Select(b => (byte)(0x5A ^ ByteField.Multiply(b, factor))), target);
        }
    }
}
