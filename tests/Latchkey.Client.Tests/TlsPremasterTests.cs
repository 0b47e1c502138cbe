namespace Latchkey.Client.Tests;

/// <summary>Every single defect of a block leaves the random premaster as it was (attacks 7, 8).</summary>
[Trait("Catalogue", "K1")]
public sealed class TlsPremasterTests
{
    private const int BlockSize = 256;
    private const int Content = BlockSize - TlsPremaster.Size;

    [Fact]
    public void A_good_block_yields_its_last_48_bytes() => Assert.Equal(Block()[Content..], Unpad(Block()));

    [Theory]
    [InlineData(59)]
    [InlineData(128)]
    [InlineData(512)]
    public void Any_modulus_long_enough_will_do(int size) => Assert.Equal(Block(size)[^48..], Unpad(Block(size)));

    [Fact]
    public void Every_value_but_the_right_one_in_every_fixed_byte_is_bad()
    {
        foreach (var position in new[] { 0, 1, Content - 1, Content, Content + 1 })
        {
            for (var value = 0; value < 256; value++)
            {
                var block = Block();
                if (block[position] == value)
                    continue;
                block[position] = (byte)value;
                Assert.Equal(Random(), Unpad(block));
            }
        }
    }

    [Fact]
    public void A_zero_anywhere_in_the_padding_is_bad()
    {
        for (var position = 2; position < Content - 1; position++)
        {
            var block = Block();
            block[position] = 0;
            Assert.Equal(Random(), Unpad(block));
        }
    }

    [Fact]
    public void Every_non_zero_padding_byte_is_good()
    {
        for (var value = 1; value < 256; value++)
        {
            var block = Block();
            block.AsSpan(2, Content - 3).Fill((byte)value);
            Assert.Equal(block[Content..], Unpad(block));
        }
    }

    [Fact]
    public void A_block_without_room_for_the_padding_is_bad() => Assert.Equal(Random(), Unpad(Block()[^58..]));

    private static byte[] Block(int size = BlockSize)
    {
        var block = new byte[size];
        block.AsSpan().Fill(0xA5);
        block[0] = 0;
        block[1] = 2;
        block[size - 49] = 0;
        block[size - 48] = 3;
        block[size - 47] = 3;
        return block;
    }

    private static byte[] Random() => [.. Enumerable.Repeat((byte)0x77, 48)];

    private static byte[] Unpad(byte[] block)
    {
        var premaster = Random();
        TlsPremaster.Unpad(block, 0x0303, premaster);
        return premaster;
    }
}
