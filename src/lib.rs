pub mod headscale;
